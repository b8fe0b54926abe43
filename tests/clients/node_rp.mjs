// A relying party on openid-client: private_key_jwt, PKCE, pushed requests, encrypted ID tokens. All it knows stands in a JSON file.
import { createPrivateKey, createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const own = JSON.parse(readFileSync(process.argv[2], "utf8"));
const client = await import(pathToFileURL(createRequire(own.modules).resolve("openid-client")));
const origin = `http://127.0.0.1:${own.port}`;
const callback = `${origin}/callback`;
const pem = createPrivateKey(readFileSync(own.key, "utf8"));
const hash = "SHA-256";
const imported = (name, use) =>
  crypto.subtle.importKey("pkcs8", pem.export({ type: "pkcs8", format: "der" }), { name, hash }, false, [use]);
const signing = { key: await imported("RSA-PSS", "sign"), kid: "sig-1" };
const opening = { key: await imported("RSA-OAEP", "decrypt"), kid: "enc-1" };
const published = createPublicKey(pem).export({ format: "jwk" });

const registered = {
  client_id: own.client_id,
  client_name: "Balie op openid-client",
  redirect_uris: [callback],
  token_endpoint_auth_method: "private_key_jwt",
  token_endpoint_auth_signing_alg: "PS256",
  id_token_signed_response_alg: "PS256",
  userinfo_signed_response_alg: "PS256",
  id_token_encrypted_response_alg: "RSA-OAEP-256",
  id_token_encrypted_response_enc: "A256GCM",
  jwks: {
    keys: [
      { ...published, kid: "sig-1", use: "sig", alg: "PS256" },
      { ...published, kid: "enc-1", use: "enc", alg: "RSA-OAEP-256" },
    ],
  },
};

// Only a pilot network is asked over http.
const options = { execute: [client.allowInsecureRequests] };
let found;
const pending = new Map();

async function discover() {
  const proof = client.PrivateKeyJwt(signing);
  const config = await client.discovery(new URL(own.issuer), own.client_id, registered, proof, options);
  client.enableDecryptingResponses(config, ["A256GCM"], opening);
  return config;
}

async function begin(scope) {
  const config = await (found ??= discover());
  const [verifier, state, nonce] = [client.randomPKCECodeVerifier(), client.randomState(), client.randomNonce()];
  pending.set(state, { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true });
  const challenge = await client.calculatePKCECodeChallenge(verifier);
  const asked = { redirect_uri: callback, scope, state, nonce, code_challenge: challenge, code_challenge_method: "S256" };
  const authorize = own.pushes ? client.buildAuthorizationUrlWithPAR : client.buildAuthorizationUrl;
  return (await authorize(config, asked)).href;
}

async function finish(url) {
  const checks = pending.get(url.searchParams.get("state"));
  pending.delete(url.searchParams.get("state"));
  try {
    const config = await found;
    const tokens = await client.authorizationCodeGrant(config, url, checks);
    const claims = tokens.claims();
    return [200, { claims, userinfo: await client.fetchUserInfo(config, tokens.access_token, claims.sub) }];
  } catch (error) {
    return [403, { refused: error.error ?? error.code, description: error.error_description ?? error.message }];
  }
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, origin);
  const answer = (status, told) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(told));
  if (url.pathname === "/registration") return answer(200, registered);
  if (url.pathname === "/login") {
    return response.writeHead(302, { location: await begin(url.searchParams.get("scope") ?? "openid") }).end();
  }
  if (url.pathname === "/callback") return answer(...(await finish(url)));
  return answer(404, { refused: "no such page" });
});
server.listen(own.port, "127.0.0.1", () => console.log("ready"));
