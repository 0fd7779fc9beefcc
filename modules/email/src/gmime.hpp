#pragma once

#include <gmime/gmime.h>

#include <memory>
#include <mutex>

namespace email {

struct unref_object {
    void operator()(void* object) const { ::g_object_unref(object); }
};
template <class T>
using owned = std::unique_ptr<T, unref_object>;

struct free_text {
    void operator()(gchar* text) const { ::g_free(text); }
};
using text_pointer = std::unique_ptr<gchar, free_text>;

// Before anything else of GMime. Any thread, any number of times.
inline void start_gmime() {
    static std::once_flag once;
    std::call_once(once, [] { ::g_mime_init(); });
}

}  // namespace email
