#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <variant>
#include <vector>

namespace storage::test {

// The files of a folder, by name.
using folder_image = std::map<std::string, std::string>;

// What a disk holds of the files of a folder, and what it may hold after the power went: all that was synced, and of
// what was not an arbitrary part, in any order, torn at the borders of sectors. No I/O.
class disk_model {
public:
    static constexpr std::uint64_t sector = 512;

    explicit disk_model(const folder_image& synced);

    void create(const std::string& name);  // nothing when it is there
    void write(const std::string& name, std::uint64_t offset, std::string_view bytes);
    void truncate(const std::string& name, std::uint64_t size);
    // `synced`: the folder too, so that the file cannot come back.
    void remove(const std::string& name, bool synced);
    // The file and its entry in the folder.
    void sync(const std::string& name);

    [[nodiscard]] folder_image after_power_loss(std::mt19937_64& random) const;

private:
    struct written {
        std::uint64_t offset;
        std::string bytes;
    };
    struct truncated {
        std::uint64_t size;
    };
    using change = std::variant<written, truncated>;
    struct file {
        std::string synced;
        std::vector<change> pending;
    };
    // A name can stand for another file on the disk than in the running program.
    struct entry {
        std::shared_ptr<file> on_disk;
        std::shared_ptr<file> now;
    };

    static void apply(std::string& content, const change& change);
    static std::vector<change> in_sectors(const std::vector<change>& changes);
    static std::string survivor(const file& file, std::mt19937_64& random);

    std::map<std::string, entry> entries_;
};

}  // namespace storage::test
