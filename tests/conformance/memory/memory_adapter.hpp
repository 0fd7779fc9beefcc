#pragma once

#include <conformance/adapter.hpp>

namespace conformance {

// The bus of one process, with objects or over the wire.
[[nodiscard]] std::shared_ptr<const adapter> memory_adapter(bool wire_mode);

}  // namespace conformance
