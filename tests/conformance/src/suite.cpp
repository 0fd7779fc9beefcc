#include <conformance/fixture.hpp>
#include <cstdlib>

namespace conformance {
namespace {

// The body runs to its end or to an exception; only a good end is held against the oracle.
core::awaitable<void> perform(const fixture& fixture, test_body body) {
    stage stage{fixture};
    std::exception_ptr failure;
    try {
        co_await body(stage);
        if (!stage.is_waived)
            for (const auto& problem : co_await stage.problems()) ADD_FAILURE() << problem;
    } catch (...) {
        failure = std::current_exception();
    }
    if (stage.is_open()) co_await stage.close();
    if (failure) std::rethrow_exception(failure);
}

bool is_full() {
    const auto* full = std::getenv("BUSBAR_FULL");
    return full != nullptr && *full != '\0';
}

}  // namespace

std::string_view name_of(capability capability) {
    switch (capability) {
        case capability::calm:
            return "calm";
        case capability::objects:
            return "objects";
        case capability::one_process:
            return "one_process";
        case capability::ring:
            return "ring";
        case capability::connection:
            return "connection";
        case capability::redelivery:
            return "redelivery";
        case capability::replica:
            return "replica";
        case capability::headers:
            return "headers";
    }
    return "";
}

bool fixture::can(capability capability) const {
    if (capability == capability::calm && is_chaotic) return false;
    return bus->capabilities().contains(capability);
}

int scaled(int count) { return is_full() ? count : std::max(1, count / 10); }

std::chrono::seconds time_limit() { return std::chrono::seconds{is_full() ? 1800 : 240}; }

std::vector<registered_test>& registered_tests() {
    static std::vector<registered_test> all;
    return all;
}

std::string missing(const fixture& fixture, const std::set<capability>& needs) {
    std::string lack;
    for (const auto need : needs)
        if (!fixture.can(need)) lack += (lack.empty() ? "" : ", ") + std::string{name_of(need)};
    return lack.empty() ? lack : fixture.name() + " lacks: " + lack;
}

void play(const fixture& fixture, test_body body) {
    harness::run([&] { return perform(fixture, body); }, time_limit());
}

}  // namespace conformance
