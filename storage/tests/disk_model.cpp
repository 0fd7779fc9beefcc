#include "disk_model.hpp"

#include <algorithm>

namespace storage::test {
namespace {

bool chance(std::mt19937_64& random, double probability) { return std::bernoulli_distribution{probability}(random); }

std::size_t below(std::mt19937_64& random, std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>{0, limit - 1}(random);
}

}  // namespace

disk_model::disk_model(const folder_image& synced) {
    for (const auto& [name, content] : synced) {
        const auto known = std::make_shared<file>(file{content, {}});
        entries_[name] = {known, known};
    }
}

void disk_model::create(const std::string& name) {
    auto& entry = entries_[name];
    if (!entry.now) entry.now = std::make_shared<file>();
}

void disk_model::write(const std::string& name, std::uint64_t offset, std::string_view bytes) {
    create(name);
    entries_[name].now->pending.emplace_back(written{offset, std::string{bytes}});
}

void disk_model::truncate(const std::string& name, std::uint64_t size) {
    create(name);
    entries_[name].now->pending.emplace_back(truncated{size});
}

void disk_model::remove(const std::string& name, bool synced) {
    auto& entry = entries_[name];
    entry.now = nullptr;
    if (synced) entry.on_disk = nullptr;
}

void disk_model::sync(const std::string& name) {
    auto& entry = entries_[name];
    if (!entry.now) return;
    for (const auto& change : entry.now->pending) apply(entry.now->synced, change);
    entry.now->pending.clear();
    entry.on_disk = entry.now;
}

folder_image disk_model::after_power_loss(std::mt19937_64& random) const {
    folder_image image;
    for (const auto& [name, entry] : entries_) {
        const auto& chosen = chance(random, 0.5) ? entry.on_disk : entry.now;
        if (chosen) image[name] = survivor(*chosen, random);
    }
    return image;
}

void disk_model::apply(std::string& content, const change& change) {
    if (const auto* cut = std::get_if<truncated>(&change)) {
        content.resize(cut->size, '\0');
        return;
    }
    const auto& [offset, bytes] = std::get<written>(change);
    if (content.size() < offset + bytes.size()) content.resize(offset + bytes.size(), '\0');
    content.replace(offset, bytes.size(), bytes);
}

std::vector<disk_model::change> disk_model::in_sectors(const std::vector<change>& changes) {
    std::vector<change> pieces;
    for (const auto& change : changes) {
        const auto* whole = std::get_if<written>(&change);
        if (whole == nullptr) {
            pieces.push_back(change);
            continue;
        }
        for (std::uint64_t from = 0; from < whole->bytes.size();) {
            const auto size = std::min(sector - (whole->offset + from) % sector, whole->bytes.size() - from);
            pieces.emplace_back(written{whole->offset + from, whole->bytes.substr(from, size)});
            from += size;
        }
    }
    return pieces;
}

std::string disk_model::survivor(const file& file, std::mt19937_64& random) {
    auto pieces = in_sectors(file.pending);
    if (!pieces.empty()) {
        switch (below(random, 4)) {
            case 0:  // nothing more reached the disk
                pieces.clear();
                break;
            case 1:  // everything did, in any order
                std::ranges::shuffle(pieces, random);
                break;
            case 2:  // it stopped in the middle of a write
                pieces.resize(below(random, pieces.size()) + 1);
                break;
            default: {  // here a piece, there a piece
                const double kept = std::uniform_real_distribution{0.05, 0.95}(random);
                std::erase_if(pieces, [&](const change&) { return !chance(random, kept); });
                std::ranges::shuffle(pieces, random);
            }
        }
    }
    auto content = file.synced;
    for (const auto& piece : pieces) apply(content, piece);
    return content;
}

}  // namespace storage::test
