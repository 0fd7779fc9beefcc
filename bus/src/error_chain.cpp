#include "error_chain.hpp"

#include <cxxabi.h>

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <storage/delivery_notes.hpp>
#include <typeinfo>

namespace bus {
namespace {

constexpr std::size_t most_errors = 50;  // of one event; a person hands it back as often as they like

}  // namespace

std::string type_of(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& known) {
        int status = 0;
        const std::unique_ptr<char, decltype(&std::free)> name{
            abi::__cxa_demangle(typeid(known).name(), nullptr, nullptr, &status), &std::free};
        return status == 0 ? name.get() : typeid(known).name();
    } catch (...) {
        return "unknown";
    }
}

std::string with_error(const std::string& errors, core::timestamp time, const std::string& type,
                       const std::string& text) {
    auto chain = nlohmann::ordered_json::parse(errors);
    if (chain.size() >= most_errors) chain.erase(1);
    chain.push_back({{"time", core::to_rfc3339(time)}, {"type", type}, {"text", text}});
    return chain.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

bool has_ended_process(const std::string& errors) {
    const auto chain = nlohmann::ordered_json::parse(errors);
    return !chain.empty() && chain.back().value("type", "") == storage::process_ended;
}

}  // namespace bus
