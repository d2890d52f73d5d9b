#include "tensors.h"

#include <cstring>

#include "error.h"

namespace dc::addon {

namespace {

constexpr size_t kCopyBelow = 1 << 20;  // bytes: a copy of less is cheaper than an external buffer's bookkeeping

at::ScalarType scalar_type(const Napi::TypedArray& array) {
  switch (array.TypedArrayType()) {
    case napi_float32_array: return at::kFloat;
    case napi_float64_array: return at::kDouble;
    case napi_uint8_array:
    case napi_uint8_clamped_array: return at::kByte;
    case napi_int32_array: return at::kInt;
    case napi_bigint64_array: return at::kLong;
    default:
      throw Napi::TypeError::New(array.Env(), "Expected a Float32Array, Float64Array, Uint8Array, Int32Array or BigInt64Array for `data`");
  }
}

// Whether a write into its memory is seen through nothing else. A view of memory that is not libtorch's own has no context.
bool is_sole_owner(const at::Tensor& tensor) {
  return tensor.use_count() == 1 && tensor.storage().use_count() == 1 && tensor.storage().data_ptr().get_context() != nullptr;
}

// Keeps a tensor while JavaScript holds its memory.
struct Owner {
  at::Tensor tensor;
  bool* gone;  // set when it ends, while somebody looks
  ~Owner() {
    if (gone != nullptr) *gone = true;
  }
};

// Over the tensor's memory; nothing where the runtime does not allow it: Electron never does, Node 20 up to 4 GiB.
std::optional<Napi::ArrayBuffer> external_buffer(Napi::Env env, const at::Tensor& tensor) {
  bool gone = false;
  auto* owner = new Owner{tensor, &gone};
  napi_value buffer = nullptr;
  const napi_status status = napi_create_external_arraybuffer(
      env, tensor.data_ptr(), tensor.nbytes(), [](napi_env, void*, void* hint) { delete static_cast<Owner*>(hint); }, owner, &buffer);
  if (!gone) owner->gone = nullptr;
  if (status == napi_ok) return Napi::ArrayBuffer(env, buffer);
  // Some failures have called the finaliser.
  if (!gone) delete owner;
  if (env.IsExceptionPending()) env.GetAndClearPendingException();
  return std::nullopt;
}

// What the language makes: unlike Node-API it throws, and does not end the process, where there is too much.
Napi::Object construct(Napi::Env env, const char* type, const std::initializer_list<napi_value>& arguments) {
  return env.Global().Get(type).As<Napi::Function>().New(arguments);
}

Napi::ArrayBuffer buffer_of(Napi::Env env, const at::Tensor& tensor) {
  const size_t bytes = tensor.nbytes();
  if (bytes >= kCopyBelow) {
    if (const auto external = external_buffer(env, tensor)) return *external;
  }
  Napi::ArrayBuffer buffer = construct(env, "ArrayBuffer", {Napi::Number::New(env, static_cast<double>(bytes))}).As<Napi::ArrayBuffer>();
  if (bytes > 0) std::memcpy(buffer.Data(), tensor.data_ptr(), bytes);
  return buffer;
}

const char* array_type(const at::Tensor& tensor) {
  switch (tensor.scalar_type()) {
    case at::kFloat: return "Float32Array";
    case at::kDouble: return "Float64Array";
    case at::kByte: return "Uint8Array";
    case at::kInt: return "Int32Array";
    case at::kLong: return "BigInt64Array";
    default: throw Error("ERR_NATIVE", "A tensor of a type that JavaScript has no array for");
  }
}

Napi::Value array_over(Napi::Env env, const at::Tensor& dense) {
  const char* type = array_type(dense);
  return construct(env, type,
                   {buffer_of(env, dense), Napi::Number::New(env, 0), Napi::Number::New(env, static_cast<double>(dense.numel()))});
}

Napi::Value entry_of(Napi::Env env, const at::Tensor& dense) {
  Napi::Array shape = Napi::Array::New(env, dense.dim());
  for (int64_t i = 0; i < dense.dim(); ++i) shape.Set(static_cast<uint32_t>(i), static_cast<double>(dense.size(i)));
  Napi::Object entry = Napi::Object::New(env);
  entry.Set("data", array_over(env, dense));
  entry.Set("shape", shape);
  return entry;
}

// Dense, and in memory of its own where that would be handed over.
at::Tensor owned(at::Tensor tensor) {
  at::Tensor dense = tensor.contiguous();
  tensor.reset();
  return dense.nbytes() < kCopyBelow || is_sole_owner(dense) ? dense : dense.clone();
}

}  // namespace

Napi::Value typed_array(Napi::Env env, at::Tensor tensor) { return array_over(env, owned(std::move(tensor))); }

Napi::Value to_js(Napi::Env env, NamedTensors tensors) {
  Napi::Object result = Napi::Object::New(env);
  for (auto& [name, tensor] : tensors) result.Set(name, entry_of(env, owned(std::move(tensor))));
  return result;
}

Napi::Value shared_with_js(Napi::Env env, const NamedTensors& tensors) {
  Napi::Object result = Napi::Object::New(env);
  for (const auto& [name, tensor] : tensors) result.Set(name, entry_of(env, tensor.contiguous()));
  return result;
}

namespace {

double whole_number(const Napi::Value& value, const char* what) {
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : -1;
  if (!(number >= 0 && number <= 9e15)) throw Napi::RangeError::New(value.Env(), std::string("Expected non-negative integers for ") + what);
  return number;
}

at::ScalarType type_named(Napi::Env env, const std::string& name) {
  if (name == "float32") return at::kFloat;
  if (name == "float16") return at::kHalf;
  if (name == "uint8") return at::kByte;
  if (name == "int8") return at::kChar;
  throw Napi::TypeError::New(env, "Expected float32, float16, uint8 or int8 for `type`");
}

}  // namespace

data::Source source_of(const Napi::Value& value) {
  if (!value.IsObject() || !value.As<Napi::Object>().Has("files")) return tensor_view(value);
  const Napi::Env env = value.Env();
  const Napi::Object object = value.As<Napi::Object>();
  const Napi::Value files = object.Get("files"), shape = object.Get("shape");
  if (!files.IsArray() || !shape.IsArray()) throw Napi::TypeError::New(env, "Expected arrays for `files` and `shape`");
  std::vector<data::FileRange> ranges;
  for (uint32_t i = 0; i < files.As<Napi::Array>().Length(); ++i) {
    const Napi::Object file = files.As<Napi::Array>().Get(i).ToObject();
    ranges.push_back({file.Get("path").ToString(), static_cast<int64_t>(whole_number(file.Get("offset"), "`offset`")),
                      static_cast<int64_t>(whole_number(file.Get("items"), "`items`"))});
  }
  std::vector<int64_t> item_shape;  // without the leading n
  for (uint32_t i = 1; i < shape.As<Napi::Array>().Length(); ++i)
    item_shape.push_back(static_cast<int64_t>(whole_number(shape.As<Napi::Array>().Get(i), "`shape`")));
  return {std::move(ranges), std::move(item_shape), type_named(env, object.Get("type").ToString())};
}

at::Tensor tensor_view(const Napi::Value& value) {
  const Napi::Env env = value.Env();
  if (!value.IsObject()) throw Napi::TypeError::New(env, "Expected { data, shape } for a tensor");
  const Napi::Object object = value.As<Napi::Object>();
  const Napi::Value data = object.Get("data"), shape_value = object.Get("shape");
  if (!data.IsTypedArray() || !shape_value.IsArray())
    throw Napi::TypeError::New(env, "Expected a typed array and an array for `data` and `shape`");
  const Napi::TypedArray array = data.As<Napi::TypedArray>();
  const Napi::Array shape_array = shape_value.As<Napi::Array>();
  std::vector<int64_t> shape;
  size_t product = 1;
  for (uint32_t i = 0; i < shape_array.Length(); ++i) {
    const double number = whole_number(shape_array.Get(i), "`shape`");
    shape.push_back(static_cast<int64_t>(number));
    if (__builtin_mul_overflow(product, static_cast<size_t>(number), &product)) product = SIZE_MAX;
  }
  if (product != array.ElementLength()) {
    throw Napi::RangeError::New(
        env, "Expected as many numbers in `data` as `shape` says, but received " + std::to_string(array.ElementLength()));
  }
  void* memory = nullptr;  // of a SharedArrayBuffer, too
  if (napi_get_typedarray_info(env, array, nullptr, nullptr, &memory, nullptr, nullptr) != napi_ok) throw Napi::Error::New(env);
  return at::from_blob(memory, shape, at::TensorOptions().dtype(scalar_type(array)));
}

}  // namespace dc::addon
