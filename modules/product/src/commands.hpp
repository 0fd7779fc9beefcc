#pragma once

#include <bus/module_context.hpp>
#include <optional>
#include <product/messages.hpp>
#include <string>
#include <vector>

#include "rules.hpp"

namespace product {

// The write side: checks a command, changes the product and publishes what became of it, in one commit. Nobody waits
// for readers. Loop thread.
class commands {
public:
    explicit commands(bus::module_context context);
    commands(const commands&) = delete;
    commands& operator=(const commands&) = delete;
    ~commands() = default;

private:
    using versions = std::optional<std::vector<std::int64_t>>;

    core::awaitable<core::result<written_product>> create(create_product input, bus::call call);
    core::awaitable<core::result<written_product>> update(update_product input, bus::call call);
    core::awaitable<core::result<written_product>> patch(patch_product input, bus::call call);
    core::awaitable<core::result<removed_product>> remove(delete_product input, bus::call call);
    core::awaitable<core::result<written_page>> list(list_written input, bus::call call);
    core::awaitable<core::result<written_product>> change(std::string id, checked_fields fields, versions allowed,
                                                          bus::call call);

    bus::module_context context_;
};

}  // namespace product
