#include "power_loss_vfs.hpp"

#include <cerrno>
#include <fstream>
#include <utility>

namespace storage::test {

namespace fs = std::filesystem;

power_loss_vfs& power_loss_vfs::install() {
    static power_loss_vfs vfs;
    return vfs;
}

power_loss_vfs::power_loss_vfs() : original_{sqlite3_vfs_find(nullptr)}, vfs_{*original_} {
    vfs_.zName = "power loss";
    vfs_.xOpen = &open;
    vfs_.xDelete = &remove;
    sqlite3_vfs_register(&vfs_, 1);
}

void power_loss_vfs::watch(const fs::path& folder, std::function<void()> before_sync) {
    const std::lock_guard lock{mutex_};
    folder_ = folder;
    model_.emplace(read_folder(folder));
    before_sync_ = std::move(before_sync);
}

void power_loss_vfs::unwatch() {
    const std::lock_guard lock{mutex_};
    folder_.clear();
    model_.reset();
    before_sync_ = nullptr;
}

void power_loss_vfs::lie_about_syncs(bool lies) {
    const std::lock_guard lock{mutex_};
    lies_ = lies;
}

folder_image power_loss_vfs::after_power_loss(std::mt19937_64& random) {
    const std::lock_guard lock{mutex_};
    return model_.value().after_power_loss(random);
}

void power_loss_vfs::inject(disk_fault fault) {
    const std::lock_guard lock{mutex_};
    fault_ = std::move(fault);
    has_struck_ = false;
}

bool power_loss_vfs::heal() {
    const std::lock_guard lock{mutex_};
    fault_.reset();
    return std::exchange(has_struck_, false);
}

int power_loss_vfs::open(sqlite3_vfs*, sqlite3_filename name, sqlite3_file* file, int flags, int* out) {
    auto& self = install();
    const int code = self.original_->xOpen(self.original_, name, file, flags, out);
    if (code != SQLITE_OK || file->pMethods == nullptr) return code;
    const std::lock_guard lock{self.mutex_};
    // The main file and its log have methods of their own.
    auto& mine = self.methods_[file->pMethods];
    if (mine.real == nullptr) {
        static_cast<sqlite3_io_methods&>(mine) = *file->pMethods;
        mine.real = file->pMethods;
        mine.xClose = &close;
        mine.xRead = &read;
        mine.xWrite = &write;
        mine.xTruncate = &truncate;
        mine.xSync = &sync;
    }
    file->pMethods = &mine;
    if (name == nullptr) return code;
    const fs::path path{name};
    self.open_[file] = path;
    if (self.is_watched(path) && (flags & SQLITE_OPEN_CREATE) != 0) self.model_->create(path.filename());
    return code;
}

int power_loss_vfs::remove(sqlite3_vfs*, const char* name, int sync_folder) {
    auto& self = install();
    const int code = self.original_->xDelete(self.original_, name, 0);
    const std::lock_guard lock{self.mutex_};
    const fs::path path{name};
    if (code == SQLITE_OK && self.is_watched(path)) self.model_->remove(path.filename(), sync_folder != 0);
    return code;
}

int power_loss_vfs::close(sqlite3_file* file) {
    auto& self = install();
    {
        const std::lock_guard lock{self.mutex_};
        self.open_.erase(file);
    }
    return real(file).xClose(file);
}

int power_loss_vfs::read(sqlite3_file* file, void* bytes, int size, sqlite3_int64 offset) {
    if (const int code = install().fault_in(disk_operation::read, file)) return code;
    return real(file).xRead(file, bytes, size, offset);
}

int power_loss_vfs::write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
    auto& self = install();
    if (const int code = self.fault_in(disk_operation::write, file)) return code;
    self.with_watched(file, [&](disk_model& model, const std::string& name) {
        model.write(name, static_cast<std::uint64_t>(offset),
                    {static_cast<const char*>(bytes), static_cast<std::size_t>(size)});
    });
    return real(file).xWrite(file, bytes, size, offset);
}

int power_loss_vfs::truncate(sqlite3_file* file, sqlite3_int64 size) {
    install().with_watched(file, [&](disk_model& model, const std::string& name) {
        model.truncate(name, static_cast<std::uint64_t>(size));
    });
    return real(file).xTruncate(file, size);
}

int power_loss_vfs::sync(sqlite3_file* file, int) {
    auto& self = install();
    std::function<void()> before_sync;
    self.with_watched(file, [&](disk_model&, const std::string&) { before_sync = self.before_sync_; });
    if (before_sync) before_sync();
    if (const int code = self.fault_in(disk_operation::sync, file)) return code;
    self.with_watched(file, [&](disk_model& model, const std::string& name) {
        if (!self.lies_) model.sync(name);
    });
    return SQLITE_OK;
}

const sqlite3_io_methods& power_loss_vfs::real(sqlite3_file* file) {
    return *static_cast<const methods*>(file->pMethods)->real;
}

int power_loss_vfs::fault_in(disk_operation operation, sqlite3_file* file) {
    const std::lock_guard lock{mutex_};
    if (!fault_ || (fault_->operation != operation && fault_->operation != disk_operation::any)) return SQLITE_OK;
    if (!open_[file].native().ends_with(fault_->file_ends_with)) return SQLITE_OK;
    if (fault_->skip > 0) {
        --fault_->skip;
        return SQLITE_OK;
    }
    int code = fault_->code;
    if (code == SQLITE_IOERR) {
        errno = EIO;
        code = operation == disk_operation::read    ? SQLITE_IOERR_READ
               : operation == disk_operation::write ? SQLITE_IOERR_WRITE
                                                    : SQLITE_IOERR_FSYNC;
    }
    has_struck_ = true;
    if (fault_->once) fault_.reset();
    return code;
}

void power_loss_vfs::with_watched(sqlite3_file* file,
                                  const std::function<void(disk_model&, const std::string&)>& action) {
    const std::lock_guard lock{mutex_};
    const auto known = open_.find(file);
    if (known != open_.end() && is_watched(known->second)) action(*model_, known->second.filename());
}

bool power_loss_vfs::is_watched(const fs::path& file) const { return model_ && file.parent_path() == folder_; }

folder_image read_folder(const fs::path& folder) {
    folder_image image;
    for (const auto& entry : fs::directory_iterator{folder}) {
        if (!entry.is_regular_file() || entry.path().native().ends_with("-shm")) continue;
        std::ifstream in{entry.path(), std::ios::binary};
        image[entry.path().filename()] = {std::istreambuf_iterator<char>{in}, {}};
    }
    return image;
}

void write_folder(const fs::path& folder, const folder_image& image) {
    for (const auto& [name, content] : image) {
        std::ofstream out{folder / name, std::ios::binary};
        out.write(content.data(), static_cast<std::streamsize>(content.size()));
    }
}

}  // namespace storage::test
