"use strict";
// A collector of traces that is not Busbar's: it reads what arrives with OpenTelemetry's own definitions of the messages
// and prints each request as a line of JSON. The first line is its port.
const http = require("node:http");
const { createRequire } = require("node:module");
const packages = createRequire(process.argv[2] + "/");
const { opentelemetry } = packages("@opentelemetry/otlp-transformer/build/src/generated/root.js");

const { ExportTraceServiceRequest, ExportTraceServiceResponse } = opentelemetry.proto.collector.trace.v1;
// Answers that a test wants first, one a request, as JSON: {"status":503,"retry_after":1,"rejected":0}
const planned = JSON.parse(process.argv[3] || "[]");

const valueOf = (value) => value.stringValue ?? value.boolValue ?? value.doubleValue ?? Number(value.intValue);
const attributesOf = (owner) => Object.fromEntries(owner.attributes.map((one) => [one.key, valueOf(one.value)]));
const hex = (bytes) => Buffer.from(bytes ?? []).toString("hex");

function spansIn(body) {
    const request = ExportTraceServiceRequest.decode(body);
    const spans = [];
    for (const { resource, scopeSpans } of request.resourceSpans) {
        for (const { scope, spans: ofScope } of scopeSpans) {
            for (const span of ofScope) {
                spans.push({
                    resource: attributesOf(resource), scope: scope.name,
                    trace_id: hex(span.traceId), span_id: hex(span.spanId), parent_span_id: hex(span.parentSpanId),
                    name: span.name, kind: span.kind, attributes: attributesOf(span),
                    started_at: String(span.startTimeUnixNano), ended_at: String(span.endTimeUnixNano),
                    status: span.status ? { code: span.status.code, message: span.status.message } : null,
                });
            }
        }
    }
    return spans;
}

const server = http.createServer((request, response) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
        const answer = planned.shift() || { status: 200 };
        const seen = { method: request.method, path: request.url, type: request.headers["content-type"], status: answer.status };
        try {
            seen.spans = spansIn(Buffer.concat(parts));
        } catch (failure) {
            seen.broken = String(failure);
        }
        process.stdout.write(JSON.stringify(seen) + "\n");
        const partial = answer.rejected ? { partialSuccess: { rejectedSpans: answer.rejected, errorMessage: "no" } } : {};
        const headers = { "Content-Type": "application/x-protobuf" };
        if (answer.retry_after) headers["Retry-After"] = String(answer.retry_after);
        response.writeHead(answer.status, headers);
        response.end(Buffer.from(ExportTraceServiceResponse.encode(partial).finish()));
    });
});
server.listen(0, "127.0.0.1", () => process.stdout.write(server.address().port + "\n"));
