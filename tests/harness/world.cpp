#include <cstdlib>
#include <harness/co_test.hpp>
#include <harness/world.hpp>

namespace harness {

temporary_folder::temporary_folder() {
    auto name = (std::filesystem::temp_directory_path() / "busbar-test-XXXXXX").string();
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

world::world() : runtime{loop(), clock, ids, logs, [this](const core::fatal_error& reason) { fatal = reason; }} {
    logs.add(log);
}

}  // namespace harness
