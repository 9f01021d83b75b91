// A certificate authority, a certificate log and a signature log of @sigstore/mock, over HTTP on this machine alone.
//
// usage: node keyless.mjs MODULES FOLDER FILE
//
// Writes into FOLDER the trusted roots, an identity token, and bundles over FILE that @sigstore/sign makes. Then prints the
// addresses as a line of JSON and answers until standard input ends.

import { generateKeyPairSync, createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const [modules, folder, file] = process.argv.slice(2);
const require = createRequire(join(resolve(modules), "x"));
const mock = require("@sigstore/mock");
const sign = require("@sigstore/sign");
const { bundleToJSON } = require("@sigstore/bundle");

const IDENTITY = "https://github.com/example/hello/.github/workflows/release.yml@refs/tags/v1.0.0";
const ISSUER = "https://token.actions.githubusercontent.com";
const HOUR = 3600 * 1000;

const pair = (namedCurve) => generateKeyPairSync("ec", { namedCurve });
const log = (url, publicKey) => ({
  baseUrl: url,
  hashAlgorithm: "SHA2_256",
  publicKey: { rawBytes: publicKey.toString("base64"), keyDetails: "PKIX_ECDSA_P256_SHA_256", validFor: { start: "2020-01-01T00:00:00Z" } },
  logId: { keyId: createHash("sha256").update(publicKey).digest("base64") },
});

/** Authorities of their own under `path`, and their trusted root. `options`: issued hours ago, without a certificate log. */
async function instance(server, url, path, options = {}) {
  const clock = options.hoursAgo ? new Date(Date.now() - options.hoursAgo * HOUR) : undefined;
  const certificateLog = await mock.initializeCTLog(pair("prime256v1"), clock);
  const authority = await mock.initializeCA(pair("secp384r1"), options.unlogged ? undefined : certificateLog, clock);
  const signatures = await mock.initializeTLog(url, pair("prime256v1"));
  for (const handler of [mock.fulcioHandler(authority, { strict: true }), mock.rekorHandler(signatures, { strict: true })]) {
    server.routes.set(path + handler.path, handler.fn);
  }
  const root = {
    mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    tlogs: [log(url, signatures.publicKey)],
    certificateAuthorities: [
      {
        subject: { organization: "sigstore.mock", commonName: "sigstore" },
        uri: url,
        certChain: { certificates: [{ rawBytes: Buffer.from(authority.rootCertificate).toString("base64") }] },
        validFor: { start: "2020-01-01T00:00:00Z" },
      },
    ],
    ctlogs: [log(url, certificateLog.publicKey)],
    timestampAuthorities: [],
  };
  writeFileSync(join(folder, `${path.slice(1)}-root.json`), JSON.stringify(root, null, 1) + "\n");
  return url + path;
}

const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const token = (sub, iss) => `${part({ alg: "none" })}.${part({ iss, sub, aud: "sigstore" })}.${part("none")}`;

/** The bundle of @sigstore/sign over `data`. */
async function bundle(base, identity, issuer, data, statement) {
  const signer = new sign.FulcioSigner({ fulcioBaseURL: base, identityProvider: { getToken: async () => token(identity, issuer) } });
  const witnesses = [new sign.RekorWitness({ rekorBaseURL: base, entryType: "intoto" })];
  const builder = statement ? new sign.DSSEBundleBuilder({ signer, witnesses }) : new sign.MessageSignatureBundleBuilder({ signer, witnesses });
  return bundleToJSON(await builder.create(statement ? { data, type: "application/vnd.in-toto+json" } : { data }));
}

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const answer = server.routes.get(request.url);
  if (!answer || request.method !== "POST") return response.writeHead(404).end();
  const { statusCode, response: body, contentType } = await answer(Buffer.concat(chunks).toString());
  response.writeHead(statusCode, { "content-type": contentType ?? "text/plain" }).end(body);
});
server.routes = new Map();
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const url = `http://127.0.0.1:${server.address().port}`;

// The first one is the good one.
const good = await instance(server, url, "/trusted");
const others = {
  other: await instance(server, url, "/other"),
  expired: await instance(server, url, "/expired", { hoursAgo: 1 }),
  unlogged: await instance(server, url, "/unlogged", { unlogged: true }),
};
const data = readFileSync(file);
const statement = Buffer.from(
  JSON.stringify({
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: "file", digest: { sha256: createHash("sha256").update(data).digest("hex") } }],
    predicateType: "https://example.com/nothing/v1",
    predicate: {},
  }),
);
const made = {
  good: await bundle(good, IDENTITY, ISSUER, data),
  "other-identity": await bundle(good, IDENTITY.replace("hello", "mallory"), ISSUER, data),
  "other-issuer": await bundle(good, IDENTITY, "https://issuer.example", data),
  "other-file": await bundle(good, IDENTITY, ISSUER, Buffer.concat([data, Buffer.from("x")])),
  statement: await bundle(good, IDENTITY, ISSUER, statement, true),
};
for (const [name, base] of Object.entries(others)) made[name] = await bundle(base, IDENTITY, ISSUER, data);
for (const [name, value] of Object.entries(made)) {
  writeFileSync(join(folder, `${name}.sigstore.json`), JSON.stringify(value, null, 1) + "\n");
}
writeFileSync(join(folder, "token"), token(IDENTITY, ISSUER));
console.log(JSON.stringify({ url: good, identity: IDENTITY, issuer: ISSUER }));
process.stdin.resume().on("end", () => process.exit(0));
