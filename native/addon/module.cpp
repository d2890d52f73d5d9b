// Registers what the addon exports (Addon in src/native/addon.ts), and nothing more.
#include <napi.h>
#include <torch/headeronly/version.h>

#include "device/device.h"
#include "device/plugin.h"
#include "job_thread.h"
#include "methods/method.h"
#include "model.h"

namespace dc::addon {

namespace {

Napi::Value devices(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Object cpu = Napi::Object::New(env);
  cpu.Set("capability", device::cpu_capability());
  cpu.Set("bfloat16", device::cpu_has_fast_bfloat16());

  const device::CudaReport report = device::cuda_report(info[0].ToString());
  Napi::Array list = Napi::Array::New(env);
  for (const device::CudaDevice& device : report.devices) {
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("name", device.name);
    entry.Set("totalMemory", static_cast<double>(device.total_memory));
    entry.Set("freeMemory", static_cast<double>(device.free_memory));
    entry.Set("capability", std::to_string(device.major) + "." + std::to_string(device.minor));
    entry.Set("bfloat16", device.major >= 8);
    list.Set(list.Length(), entry);
  }
  Napi::Object cuda = Napi::Object::New(env);
  cuda.Set("available", report.available);
  cuda.Set("gpus", report.gpus);
  cuda.Set("reason", report.reason);
  cuda.Set("devices", list);

  Napi::Object result = Napi::Object::New(env);
  result.Set("cpu", cpu);
  result.Set("cuda", cuda);
  return result;
}

void self_test(const Napi::CallbackInfo& info) {
  const at::Tensor product = at::ones({3, 4}).matmul(at::full({4, 5}, 0.5f));
  if (product.sum().item<float>() != 30.0f) throw Napi::Error::New(info.Env(), "A product of two small matrices came out wrong");
}

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  stop_jobs_at_exit(env);
  exports.Set("torchVersion",
              std::to_string(TORCH_VERSION_MAJOR) + "." + std::to_string(TORCH_VERSION_MINOR) + "." + std::to_string(TORCH_VERSION_PATCH));
  Napi::Array names = Napi::Array::New(env);
  for (const std::string& name : methods::method_names()) names.Set(names.Length(), name);
  exports.Set("methods", names);
  exports.Set("devices", Napi::Function::New(env, devices, "devices"));
  exports.Set("selfTest", Napi::Function::New(env, self_test, "selfTest"));
  exports.Set("Model", Model::define(env));
  return exports;
}

}  // namespace

}  // namespace dc::addon

static Napi::Object initialise_addon(Napi::Env env, Napi::Object exports) { return dc::addon::initialise(env, exports); }

NODE_API_MODULE(deep_clustering, initialise_addon)
