// NativeModel of src/native/addon.ts: a session of the core on a job thread of its own. Holds no algorithm.
#pragma once

#include <napi.h>

#include "job_thread.h"
#include "methods/session.h"

namespace dc::addon {

class Model final : public Napi::ObjectWrap<Model> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit Model(const Napi::CallbackInfo& info);

 private:
  Napi::Value fit(const Napi::CallbackInfo& info);
  Napi::Value infer(const Napi::CallbackInfo& info);
  Napi::Value generate(const Napi::CallbackInfo& info);
  Napi::Value restore(const Napi::CallbackInfo& info);
  Napi::Value state(const Napi::CallbackInfo& info);
  void cancel(const Napi::CallbackInfo& info);
  void dispose(const Napi::CallbackInfo& info);

  // Runs `job` on the thread; the promise settles with its tensors. `keep` is held until then.
  Napi::Promise run(const Napi::CallbackInfo& info, std::function<NamedTensors()> job, const Napi::Value& keep);
  void check_open(Napi::Env env) const;

  std::shared_ptr<methods::Session> session_;  // shared with the job that runs
  std::shared_ptr<std::atomic<bool>> cancelled_ = std::make_shared<std::atomic<bool>>(false);
  bool fitting_ = false;  // JavaScript thread only
  size_t jobs_ = 0;

  // The last state as it was handed out: the same snapshot is not wrapped in two external buffers.
  std::shared_ptr<const NamedTensors> shown_state_;
  Napi::ObjectReference shown_state_object_;

  std::unique_ptr<JobThread> thread_;  // last: joined before the rest goes
};

}  // namespace dc::addon
