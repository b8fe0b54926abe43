// An identity provider on loopback, by oidc-provider: private_key_jwt, pushed requests and PKCE are required of its clients.
// Its one page asks who logs in and how surely, and trusts whoever answers.

import { createServer } from "node:http";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { generateKeyPairSync } from "node:crypto";

const own = JSON.parse(readFileSync(process.argv[2], "utf8"));
const modules = createRequire(own.modules);
const { Provider } = await import(pathToFileURL(modules.resolve("oidc-provider")));

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const signing = { ...privateKey.export({ format: "jwk" }), kid: "signing-1", use: "sig", alg: "PS256" };

const provider = new Provider(own.issuer, {
  clients: [
    {
      client_id: own.client_id,
      redirect_uris: [own.callback],
      response_types: ["code"],
      grant_types: ["authorization_code"],
      token_endpoint_auth_method: "private_key_jwt",
      token_endpoint_auth_signing_alg: "PS256",
      id_token_signed_response_alg: "PS256",
      jwks_uri: own.jwks_uri,
      ...(own.encrypted && {
        id_token_encrypted_response_alg: "RSA-OAEP-256",
        id_token_encrypted_response_enc: "A256GCM",
        userinfo_signed_response_alg: "PS256",
      }),
    },
  ],
  jwks: { keys: [signing] },
  cookies: { keys: ["on loopback only"] },
  acrValues: own.levels,
  claims: { openid: ["sub", "acr", "auth_time"], bsn: ["bsn"] },
  scopes: ["openid", "bsn"],
  conformIdTokenClaims: false,
  pkce: { required: () => true },
  responseTypes: ["code"],
  enabledJWA: {
    idTokenSigningAlgValues: ["PS256"],
    clientAuthSigningAlgValues: ["PS256"],
    userinfoSigningAlgValues: ["PS256"],
    idTokenEncryptionAlgValues: ["RSA-OAEP-256"],
    idTokenEncryptionEncValues: ["A256GCM"],
  },
  clientAuthMethods: ["private_key_jwt"],
  features: {
    devInteractions: { enabled: false },
    encryption: { enabled: true },
    jwtUserinfo: { enabled: true },
    pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
  },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  // Its own way out refuses loopback, where our key set is.
  fetch: (url, { dispatcher, ...options }) => fetch(url, options),
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, bsn: own.people[id] }) }),
  loadExistingGrant: async (context) => {
    const grant = new provider.Grant({ clientId: context.oidc.client.clientId, accountId: context.oidc.session.accountId });
    grant.addOIDCScope("openid bsn");
    await grant.save();
    return grant;
  },
});

for (const event of ["pushed_authorization_request.error", "authorization.error", "grant.error", "server_error"]) {
  provider.on(event, (_, error) => console.error(event, error.error_description, error.error_detail ?? error.message));
}

const field = (name, values) =>
  `<select name="${name}">${values.map((each) => `<option>${each}</option>`).join("")}</select>`;

async function read(request) {
  let body = "";
  for await (const part of request) body += part;
  return new URLSearchParams(body);
}

async function interact(request, response) {
  if (request.method === "GET") {
    const page = `<!doctype html><title>Log in</title><main data-page="OP"><form method="post">
      ${field("person", Object.keys(own.people))}${field("acr", own.levels)}
      <button name="choice" value="go">Go</button><button name="choice" value="cancel">Stop</button></form></main>`;
    return response.writeHead(200, { "content-type": "text/html" }).end(page);
  }
  const form = await read(request);
  const result =
    form.get("choice") === "cancel"
      ? { error: "access_denied", error_description: "The user stopped" }
      : { login: { accountId: form.get("person"), acr: form.get("acr") } };
  return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

const answer = provider.callback();
createServer((request, response) =>
  request.url.startsWith("/interaction/") ? interact(request, response) : answer(request, response),
).listen(own.port, "127.0.0.1", () => console.log("ready"));
