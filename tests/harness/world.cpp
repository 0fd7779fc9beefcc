#include <cstdlib>
#include <harness/co_test.hpp>
#include <harness/world.hpp>

namespace harness {

namespace {

std::filesystem::path place_on(medium wanted) {
    const std::filesystem::path shared_memory = "/dev/shm";
    std::error_code none;
    const bool has_memory = std::filesystem::is_directory(shared_memory, none);
    return wanted == medium::memory && has_memory ? shared_memory : std::filesystem::temp_directory_path();
}

}  // namespace

temporary_folder::temporary_folder(medium wanted) {
    auto name = (place_on(wanted) / "busbar-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::filesystem::filesystem_error{"mkdtemp", name, {}};
    path_ = name;
}

temporary_folder::~temporary_folder() {
    std::error_code ignored;  // a leftover folder is a nuisance, not a failure
    std::filesystem::remove_all(path_, ignored);
}

void recording_log::write(const core::log_entry& entry) noexcept {
    const std::lock_guard lock{mutex_};
    entries_.push_back(entry);
}

std::vector<core::log_entry> recording_log::entries() const {
    const std::lock_guard lock{mutex_};
    return entries_;
}

world::world(medium files)
    : folder{files},
      runtime{loop(), clock, ids, logs, metrics, traces, [this](const core::fatal_error& reason) { fatal = reason; }} {
    logs.add(log);
}

core::awaitable<std::optional<double>> metric(world& world, std::string series) {
    const auto text = '\n' + co_await world.metrics.text();
    const auto line = '\n' + series + ' ';
    const auto place = text.find(line);
    if (place == std::string::npos) co_return std::nullopt;
    co_return std::stod(text.substr(place + line.size()));
}

}  // namespace harness
