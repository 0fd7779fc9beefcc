#pragma once

#include <bus/json.hpp>
#include <cstdint>
#include <expected>
#include <nlohmann/json.hpp>
#include <string_view>
#include <web/limits.hpp>
#include <web/request.hpp>
#include <web/response.hpp>

namespace web {

// The media type of the body, compared without case; a charset other than UTF-8 makes it none.
[[nodiscard]] bool is_of_type(const request& request, std::string_view wanted);

// 415 unless the body is said to be JSON, or of the type that is good as well; 400 with the position when it is not.
[[nodiscard]] std::expected<nlohmann::json, response> read_json(const request& request, const limits& limits = {},
                                                                std::string_view good_as_well = {});

// The same for application/x-www-form-urlencoded.
[[nodiscard]] std::expected<parameters, response> read_form(const request& request, const limits& limits = {});

// A JSON body as a message; 422 naming each field that is missing, unknown or of another type.
template <class Message>
[[nodiscard]] std::expected<Message, response> read_message(const request& request) {
    const auto body = read_json(request);
    if (!body) return std::unexpected{body.error()};
    auto message = bus::from_json<Message>(*body);
    if (!message) return std::unexpected{problem(core::invalid(std::move(message.error())).error())};
    return std::move(*message);
}

// A message as the body of an answer.
template <bus::described Message>
[[nodiscard]] response json_of(int status, const Message& message) {
    return {
        .status = status, .content_type = content_type::json, .body = bus::encode(message, bus::broken_text::replaced)};
}

struct page_wanted {
    std::int64_t page = 1;   // from 1
    std::int64_t size = 10;  // 1 to 100
};

// ?page= and ?size=; 422 naming the field for anything else than a number in range.
[[nodiscard]] std::expected<page_wanted, response> read_page(const request& request);

}  // namespace web
