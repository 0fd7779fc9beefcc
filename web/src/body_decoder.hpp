#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "head.hpp"

namespace web {

// Takes the body of one message off a connection, with Content-Length or in chunks: Beast's parser, for which the head
// was checked before.
class body_decoder {
public:
    // `head`: the whole head of the request. `limit`: bytes of the body.
    static std::expected<body_decoder, refusal> make(std::string_view head, std::size_t limit);
    body_decoder(body_decoder&&) noexcept;
    body_decoder& operator=(body_decoder&&) noexcept;
    ~body_decoder();

    // Takes from the front of `bytes`; returns how many. What is not taken is given again, with more behind it.
    [[nodiscard]] std::expected<std::size_t, refusal> put(std::string_view bytes);
    [[nodiscard]] bool is_done() const;
    [[nodiscard]] std::string take();

private:
    struct impl;
    explicit body_decoder(std::unique_ptr<impl> impl);
    std::unique_ptr<impl> impl_;
};

}  // namespace web
