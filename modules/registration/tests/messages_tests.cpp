#include <harness/message_tests.hpp>
#include <registration/messages.hpp>

BUSBAR_MESSAGE_TESTS(registration, registration::register_user, registration::confirm, registration::confirmation_link,
                     registration::user_registered, registration::registration_repeated, registration::user_confirmed)
