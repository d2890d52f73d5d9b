// Opens a shared library and keeps it, so that an addon which names the library without a folder finds it where it is. Knows nothing of libtorch,
// and so can be loaded before it.
#include <dlfcn.h>
#include <node_api.h>

#include <string>

namespace {

std::string text_of(napi_env env, napi_value value) {
  size_t length = 0;
  if (napi_get_value_string_utf8(env, value, nullptr, 0, &length) != napi_ok) return {};
  std::string text(length, '\0');
  napi_get_value_string_utf8(env, value, text.data(), length + 1, &length);
  return text;
}

napi_value open_library(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value path = nullptr;
  napi_get_cb_info(env, info, &count, &path, nullptr, nullptr);
  if (!dlopen(text_of(env, path).c_str(), RTLD_LAZY | RTLD_LOCAL)) napi_throw_error(env, nullptr, dlerror());
  return nullptr;
}

}  // namespace

NAPI_MODULE_INIT() {
  napi_value function = nullptr;
  napi_create_function(env, "openLibrary", NAPI_AUTO_LENGTH, open_library, nullptr, &function);
  napi_set_named_property(env, exports, "openLibrary", function);
  return exports;
}
