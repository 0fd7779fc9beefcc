#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace email {

// A mail as the trap got it, by one client.
struct trapped_mail {
    std::string helo;             // what the client calls itself: printable ASCII without parentheses
    std::string from;             // canonical; empty: the null sender
    std::vector<std::string> to;  // canonical, each once
    std::string data;             // with CRLF line ends, without dot-stuffing
};

// One conversation of the trap, as RFC 5321 wants it of a server. Whoever signs in may, since all that comes is kept
// here. What comes is given to it in pieces of any size; a client may send on without waiting (RFC 2920). What it holds
// is bounded. No I/O and no clock.
class trap_session {
public:
    static constexpr std::size_t largest_message = 10UL * 1024UL * 1024UL;  // bytes
    static constexpr std::size_t most_recipients = 100;

    // `room`: bytes that the messages of several sessions may still have together, of which this one takes its part
    // until its mail is settled; nothing: as much as there is. Outlives it.
    explicit trap_session(std::size_t* room = nullptr) : room_{room} {}
    trap_session(const trap_session&) = delete;
    trap_session& operator=(const trap_session&) = delete;
    ~trap_session() { give_back(); }

    [[nodiscard]] static std::string greeting() { return "220 busbar ESMTP, keeps all and sends nothing\r\n"; }

    // What is to be replied. While has_mail() what comes waits.
    [[nodiscard]] std::string take(std::string_view bytes);

    [[nodiscard]] bool has_mail() const noexcept { return state_ == state::complete; }
    [[nodiscard]] const trapped_mail& mail() const noexcept { return mail_; }
    // The mail was kept, or could not be. What is to be replied to it, and to what came after it.
    [[nodiscard]] std::string settle(bool is_kept);

    // The connection is to be closed once the reply is written.
    [[nodiscard]] bool is_over() const noexcept { return state_ == state::over; }

private:
    enum class state : std::uint8_t { commands, sign_in, data, complete, over };
    enum class flaw : std::uint8_t { none, too_large, no_room, line_end, long_line };

    std::string go_on();
    [[nodiscard]] std::string command(std::string_view line);
    [[nodiscard]] std::string greet(std::string_view name, bool is_extended);
    [[nodiscard]] std::string sender(std::string_view argument);
    [[nodiscard]] std::string recipient(std::string_view argument);
    [[nodiscard]] std::string begin_data(std::string_view argument);
    [[nodiscard]] std::string sign_in(std::string_view argument);
    [[nodiscard]] std::string sign_in_line(std::string_view line);
    [[nodiscard]] std::string data_line(std::string_view line);
    [[nodiscard]] std::string end_data();
    void take_part_of_long_line();
    void keep(std::string_view line);
    void give_back();
    void reset();
    [[nodiscard]] std::string refuse(std::string reply);

    std::size_t* const room_;
    state state_ = state::commands;
    std::string input_;  // what is not understood yet
    trapped_mail mail_;
    bool has_sender_ = false;
    int sign_in_lines_ = 0;
    int refusals_ = 0;
    flaw flaw_ = flaw::none;
    bool is_at_line_start_ = true;  // of the data, after a CRLF
};

}  // namespace email
