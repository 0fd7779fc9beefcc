#include <storage/reader.hpp>

#include "connection.hpp"

namespace storage {

statement& reader::acquire(std::string_view sql, std::unique_ptr<statement>& spare) {
    auto& kept = connection_.prepared(sql);
    if (!kept.busy()) return kept;
    spare = std::make_unique<statement>(connection_.handle(), sql);
    return *spare;
}

}  // namespace storage
