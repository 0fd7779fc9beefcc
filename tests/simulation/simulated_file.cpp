#include "simulated_file.hpp"

#include "migrate.hpp"

namespace storage {
std::span<const core::embedded_file> migrations();
}

namespace simulation {

simulated_file::simulated_file() : connection_{":memory:", storage::open_mode::create} {
    storage::apply(connection_, storage::plan("storage", storage::migrations()), {});
    connection_.run(
        "CREATE TABLE effects (id INTEGER PRIMARY KEY, number INTEGER NOT NULL, key TEXT NOT NULL, epoch INTEGER NOT "
        "NULL, sequence INTEGER NOT NULL)");
}

void simulated_file::clear() {
    settle();
    connection_.run(
        "DELETE FROM positions; DELETE FROM done_ahead; DELETE FROM parked; DELETE FROM effects; DELETE FROM "
        "replica_log; "
        "DELETE FROM replicas; DELETE FROM log_epochs");
}

void simulated_file::commit(const std::function<void(storage::transaction&)>& unit) {
    const core::origin nowhere;
    storage::transaction transaction{connection_, no_events_, nowhere, clock_.now()};
    transaction.savepoint([&] { unit(transaction); });
}

void simulated_file::begin_unsynced() {
    connection_.run("SAVEPOINT unsynced");
    is_unsynced_ = true;
}

void simulated_file::settle() {
    if (std::exchange(is_unsynced_, false)) connection_.run("RELEASE unsynced");
}

void simulated_file::lose_power() {
    if (!std::exchange(is_unsynced_, false)) return;
    connection_.run("ROLLBACK TO unsynced");
    connection_.run("RELEASE unsynced");
}

}  // namespace simulation
