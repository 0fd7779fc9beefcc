#pragma once

#include <core/tracer.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

// The messages of OTLP (opentelemetry-proto 1.x) as protocol buffers: binary, since every collector takes that.
namespace app {

// Who tells: the resource of the spans.
struct otlp_resource {
    std::string service = "busbar";
    std::string version;
    std::string instance;  // of the service: the process
};

// An ExportTraceServiceRequest.
[[nodiscard]] std::string otlp_request(const otlp_resource& resource, std::span<const core::span_record> spans);

// How many spans an ExportTraceServiceResponse says were refused; nothing when it cannot be read.
[[nodiscard]] std::optional<std::int64_t> refused_spans(std::string_view response);

}  // namespace app
