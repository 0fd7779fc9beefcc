#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace core {

// Why a request could not be done. The edge turns each into one HTTP status; on a broker it travels by name.
enum class error_kind {
    invalid,              // the input breaks a rule; `fields` says which
    not_found,            //
    conflict,             //
    denied,               // known, but may not
    unauthenticated,      // not known
    gone,                 // was there once: used up, expired
    precondition_failed,  // somebody else changed it meanwhile
    no_handler,           // nothing runs that answers this request
    overloaded,           // try again later; nothing was done
    limited,              // this one asks too often; nothing was done
    storage_full,         // the disk is full; nothing was done
    timed_out,            // the deadline passed; it may still be done
    remote,               // the handler failed; the log knows more
};

// The enumerator's name: for programs, logs and the broker.
[[nodiscard]] std::string_view to_string(error_kind kind);
[[nodiscard]] std::optional<error_kind> parse_error_kind(std::string_view name);

struct field_error {
    std::string field;
    std::string detail;

    bool operator==(const field_error&) const = default;
};

struct error {
    error_kind kind = error_kind::remote;
    std::string detail;                 // one sentence for the person who asked; no secrets
    std::vector<field_error> fields{};  // only with `invalid`
    std::string code{};                 // a stable name for programs, for example "too_common"; often empty
    std::optional<std::chrono::seconds> retry_after{};  // with `limited`: when it may be asked again

    bool operator==(const error&) const = default;
};

// What is expected to go wrong is a value. A broken world (disk, broker, driver) is an exception.
template <class T>
using result = std::expected<T, error>;

[[nodiscard]] inline std::unexpected<error> fail(error_kind kind, std::string detail) {
    return std::unexpected{error{kind, std::move(detail)}};
}

[[nodiscard]] inline std::unexpected<error> invalid(std::vector<field_error> fields) {
    return std::unexpected{error{error_kind::invalid, "Some fields are not right.", std::move(fields)}};
}

}  // namespace core
