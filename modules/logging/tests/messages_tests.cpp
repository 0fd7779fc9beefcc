#include <harness/message_tests.hpp>
#include <logging/messages.hpp>

BUSBAR_MESSAGE_TESTS(logging, logging::entry_recorded, logging::record_entry, logging::search_entries,
                     logging::follow_entries)
