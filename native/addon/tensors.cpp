#include "tensors.h"

#include <cstring>

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

Napi::ArrayBuffer buffer_of(Napi::Env env, const at::Tensor& tensor) {
  const size_t bytes = tensor.nbytes();
  if (bytes >= kCopyBelow) {
    auto* owner = new at::Tensor(tensor);
    napi_value external = nullptr;
    const napi_status status = napi_create_external_arraybuffer(
        env, tensor.data_ptr(), bytes, [](napi_env, void*, void* hint) { delete static_cast<at::Tensor*>(hint); }, owner, &external);
    if (status == napi_ok) return {env, external};
    delete owner;  // napi_no_external_buffers_allowed, as in Electron: copy
  }
  Napi::ArrayBuffer buffer = Napi::ArrayBuffer::New(env, bytes);
  if (bytes > 0) std::memcpy(buffer.Data(), tensor.data_ptr(), bytes);
  return buffer;
}

}  // namespace

Napi::Value typed_array(Napi::Env env, const at::Tensor& tensor) {
  const Napi::ArrayBuffer buffer = buffer_of(env, tensor);
  const auto length = static_cast<size_t>(tensor.numel());
  switch (tensor.scalar_type()) {
    case at::kFloat: return Napi::Float32Array::New(env, length, buffer, 0);
    case at::kDouble: return Napi::Float64Array::New(env, length, buffer, 0);
    case at::kByte: return Napi::Uint8Array::New(env, length, buffer, 0);
    case at::kInt: return Napi::Int32Array::New(env, length, buffer, 0);
    case at::kLong: return Napi::BigInt64Array::New(env, length, buffer, 0);
    default: throw Napi::Error::New(env, "A tensor of a type that JavaScript has no array for");
  }
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
    const Napi::Value side = shape_array.Get(i);
    const double number = side.IsNumber() ? side.As<Napi::Number>().DoubleValue() : -1;
    if (!(number >= 0 && number <= 9e15)) throw Napi::RangeError::New(env, "Expected non-negative integers for `shape`");
    shape.push_back(static_cast<int64_t>(number));
    if (__builtin_mul_overflow(product, static_cast<size_t>(number), &product)) product = SIZE_MAX;
  }
  if (product != array.ElementLength()) {
    throw Napi::RangeError::New(
        env, "Expected as many numbers in `data` as `shape` says, but received " + std::to_string(array.ElementLength()));
  }
  auto* memory = static_cast<uint8_t*>(array.ArrayBuffer().Data()) + array.ByteOffset();
  return at::from_blob(memory, shape, at::TensorOptions().dtype(scalar_type(array)));
}

Napi::Value to_js(Napi::Env env, const NamedTensors& tensors) {
  Napi::Object result = Napi::Object::New(env);
  for (const auto& [name, tensor] : tensors) {
    const at::Tensor dense = tensor.contiguous();
    Napi::Array shape = Napi::Array::New(env, dense.dim());
    for (int64_t i = 0; i < dense.dim(); ++i) shape.Set(static_cast<uint32_t>(i), static_cast<double>(dense.size(i)));
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("data", typed_array(env, dense));
    entry.Set("shape", shape);
    result.Set(name, entry);
  }
  return result;
}

}  // namespace dc::addon
