#include <harness/message_tests.hpp>
#include <registration/messages.hpp>

using namespace registration;

BUSBAR_MESSAGE_TESTS(registration, register_user, confirm, resend_confirmation, forgot_password, reset_password,
                     mail_link, sign_in, find_session, list_sessions, end_session, update_user, change_password,
                     delete_user, search_users, disable_user, enable_user, end_sessions, user_registered,
                     registration_repeated, confirmation_requested, user_confirmed, password_reset_requested,
                     password_changed, address_change_requested, address_changed, name_changed, user_disabled,
                     user_enabled, user_deleted)
