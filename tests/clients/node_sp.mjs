// A service provider on @node-saml/node-saml that gets its answers by HTTP-POST. All it knows stands in a JSON file.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";

const own = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { SAML, ValidateInResponseTo, generateServiceProviderMetadata } = createRequire(own.modules)("@node-saml/node-saml");
const origin = `http://127.0.0.1:${own.port}`;
const [key, certificate] = [own.key, own.certificate].map((place) => readFileSync(place, "utf8"));
const posts = own.binding !== "HTTP-Redirect";

const settings = {
  issuer: own.entity_id,
  audience: own.entity_id,
  callbackUrl: `${origin}/acs`,
  entryPoint: own.gateway.sso,
  logoutUrl: own.gateway.slo,
  idpIssuer: own.gateway.entity_id,
  idpCert: own.gateway.certificates,
  privateKey: key,
  publicCert: certificate,
  decryptionPvk: key,
  signatureAlgorithm: "sha256",
  digestAlgorithm: "sha256",
  authnRequestBinding: posts ? "HTTP-POST" : "HTTP-Redirect",
  skipRequestCompression: posts,
  wantAssertionsSigned: true,
  wantAuthnResponseSigned: true,
  validateInResponseTo: ValidateInResponseTo.always,
  identifierFormat: "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
  ...(own.loa ? { authnContext: [own.loa], racComparison: "minimum" } : { disableRequestedAuthnContext: true }),
};
const saml = new SAML(settings);
// Logout goes by HTTP-Redirect, which is deflated whatever the binding of requests is; of a LogoutResponse by HTTP-POST the
// library finds no InResponseTo.
const leaving = new SAML({ ...settings, skipRequestCompression: false, validateInResponseTo: ValidateInResponseTo.never });

const metadata = () =>
  generateServiceProviderMetadata({
    issuer: own.entity_id,
    callbackUrl: `${origin}/acs`,
    logoutCallbackUrl: `${origin}/slo`,
    publicCerts: certificate,
    decryptionCert: certificate,
    decryptionPvk: key,
    privateKey: key,
    signMetadata: true,
    signatureAlgorithm: "sha256",
    digestAlgorithm: "sha256",
    wantAssertionsSigned: true,
    generateUniqueId: () => `_${crypto.randomUUID()}`,
  });

let known;

async function left(form) {
  try {
    return [200, { logged_out: (await leaving.validatePostResponseAsync(form)).loggedOut }];
  } catch (error) {
    return [403, { refused: error.message }];
  }
}

async function consume(form) {
  try {
    const { profile } = await saml.validatePostResponseAsync(form);
    known = profile;
    return [200, { attributes: profile.attributes, name_id_format: profile.nameIDFormat, relay_state: form.RelayState }];
  } catch (error) {
    return [403, { refused: error.message }];
  }
}

async function read(request) {
  let body = "";
  for await (const part of request) body += part;
  return Object.fromEntries(new URLSearchParams(body));
}

const server = createServer(async (request, response) => {
  const page = `${request.method} ${request.url.split("?")[0]}`;
  const answer = (status, type, text) => response.writeHead(status, { "content-type": type }).end(text);
  if (page === "GET /metadata") return answer(200, "application/samlmetadata+xml", metadata());
  if (page === "GET /login" && posts) return answer(200, "text/html", await saml.getAuthorizeFormAsync("from-here", ""));
  if (page === "GET /login") {
    return response.writeHead(302, { location: await saml.getAuthorizeUrlAsync("from-here", "", {}) }).end();
  }
  if (page === "GET /logout") return response.writeHead(302, { location: await leaving.getLogoutUrlAsync(known, "", {}) }).end();
  if (page === "POST /acs" || page === "POST /slo") {
    const [status, told] = await (page === "POST /acs" ? consume : left)(await read(request));
    return answer(status, "application/json", JSON.stringify(told));
  }
  return answer(404, "text/plain", "no such page");
});
server.listen(own.port, "127.0.0.1", () => console.log("ready"));
