#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <email/settings.hpp>
#include <functional>
#include <memory>
#include <string_view>

#include "mail_carrier.hpp"

namespace email {

enum class chaos_fate : std::uint8_t { none, refused, deferred, dropped, slowed };

// `random` from [0, 1).
[[nodiscard]] chaos_fate draw(const chaos_settings& settings, double random);

// What only chaos may happen to: a mail that goes to no server is kept, whatever is in it.
class keeping_carrier final : public mail_carrier {
public:
    [[nodiscard]] smtp_attempt send(const envelope& envelope, std::string_view message,
                                    const content_permission& may_go_out) override;
};

// For development: some attempts end as they would with a bad server, others take their time, by chance. Settings
// outlive it.
class chaos_carrier final : public mail_carrier {
public:
    struct surroundings {
        std::function<double()> random;                           // from [0, 1)
        std::function<bool(std::chrono::milliseconds)> wait_for;  // false: it was broken off
    };
    chaos_carrier(const chaos_settings& settings, std::unique_ptr<mail_carrier> carrier, surroundings surroundings);

    [[nodiscard]] smtp_attempt send(const envelope& envelope, std::string_view message,
                                    const content_permission& may_go_out) override;
    void close() override { carrier_->close(); }

private:
    const chaos_settings& settings_;
    std::unique_ptr<mail_carrier> carrier_;
    surroundings surroundings_;
};

// With true chance and real time. `abort` breaks off a pause; it outlives the carrier.
[[nodiscard]] std::unique_ptr<mail_carrier> with_chaos(const chaos_settings& settings,
                                                       std::unique_ptr<mail_carrier> carrier,
                                                       const std::atomic<bool>& abort);

}  // namespace email
