#include "model.h"

#include "error.h"
#include "events.h"
#include "failure.h"
#include "spec.h"
#include "tensors.h"

namespace dc::addon {

Napi::Function Model::define(Napi::Env env) {
  return DefineClass(
      env, "Model",
      {InstanceMethod<&Model::fit>("fit"), InstanceMethod<&Model::infer>("infer"), InstanceMethod<&Model::generate>("generate"),
       InstanceMethod<&Model::restore>("restore"), InstanceMethod<&Model::state>("state"), InstanceMethod<&Model::cancel>("cancel"),
       InstanceMethod<&Model::dispose>("dispose")});
}

Model::Model(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<Model>(info),
      session_(std::make_shared<methods::Session>(read_spec(info[0].ToObject()))),
      thread_(std::make_unique<JobThread>(info.Env(), [cancelled = cancelled_] { *cancelled = true; })) {}

void Model::check_open(Napi::Env env) const {
  if (!session_) throw to_error(env, {"ERR_DISPOSED", "The model was disposed"});
  if (fitting_) throw to_error(env, {"ERR_BUSY", "The model is training: wait for fit() to settle, or abort it"});
}

namespace {
// In any case: with the results, or with why there are none, or why JavaScript cannot hold them.
void settle(Napi::Env env, const Napi::Promise::Deferred& deferred, NamedTensors results, std::exception_ptr exception,
            const std::string& device) {
  Failure failure;
  try {
    if (exception) std::rethrow_exception(exception);
    return deferred.Resolve(to_js(env, std::move(results)));
  } catch (const Napi::Error& error) {
    failure = {"ERR_NATIVE", "JavaScript cannot hold the results: " + error.Message() + ". Ask for fewer items at once"};
  } catch (...) {
    failure = describe(std::current_exception(), device);
  }
  deferred.Reject(to_error(env, failure).Value());
}
}  // namespace

Napi::Promise Model::run(const Napi::CallbackInfo& info, std::function<NamedTensors()> job, const Napi::Value& keep) {
  const Napi::Env env = info.Env();
  const auto deferred = std::make_shared<Napi::Promise::Deferred>(Napi::Promise::Deferred::New(env));
  const auto kept = std::make_shared<Napi::Reference<Napi::Value>>(Napi::Persistent(keep));
  Ref();  // not collected while the job runs
  if (jobs_++ == 0) *cancelled_ = false;
  thread_->post([this, job = std::move(job), deferred, kept, device = session_->spec().device.str()]() mutable {
    NamedTensors results;
    std::exception_ptr exception;
    try {
      results = job();
    } catch (...) {
      exception = std::current_exception();
    }
    job = nullptr;  // what the job held of the core is freed here, on its own thread
    thread_->reply([this, deferred, kept, exception, device, results = std::move(results)](Napi::Env env) mutable {
      --jobs_;
      kept->Reset();
      thread_->settled();
      Unref();  // from here on the model may be collected
      settle(env, *deferred, std::move(results), exception, device);
    });
  });
  return deferred->Promise();
}

namespace {
// Copied: the items are few, and the array need not be kept alive then.
run::Frames read_frames(const Napi::Value& value) {
  if (!value.IsObject()) return {};
  const Napi::Object frames = value.As<Napi::Object>();
  return {.items = tensor_view(frames.Get("items")).to(at::kLong, /*non_blocking=*/false, /*copy=*/true),
          .count = frames.Get("count").ToNumber().Int64Value(),
          .share = frames.Get("share").ToNumber().DoubleValue()};
}
}  // namespace

Napi::Value Model::fit(const Napi::CallbackInfo& info) {
  check_open(info.Env());
  const data::Source items = source_of(info[0]);
  const auto events = std::make_shared<Events>(info[1].As<Napi::Function>(), *thread_);
  const run::Frames frames = read_frames(info[2]);
  fitting_ = true;
  return run(
      info,
      [this, items, events, frames, session = session_, cancelled = cancelled_] {
        // Sent after the last event and before the promise settles.
        const auto end = [&] {
          thread_->reply([this, events](Napi::Env) {
            events->close();
            fitting_ = false;
          });
        };
        try {
          NamedTensors results = session->fit(items, [&](const run::Event& event) { events->send(event); }, *cancelled, frames);
          end();
          return results;
        } catch (...) {
          end();
          throw;
        }
      },
      info[0]);
}

Napi::Value Model::infer(const Napi::CallbackInfo& info) {
  check_open(info.Env());
  const std::string operation = info[0].ToString();
  const data::Source items = source_of(info[1]);
  return run(
      info, [operation, items, session = session_, cancelled = cancelled_] { return session->infer(operation, items, *cancelled); },
      info[1]);
}

Napi::Value Model::generate(const Napi::CallbackInfo& info) {
  check_open(info.Env());
  const std::string operation = info[0].ToString();
  const OptionValues values = read_options(info[1].ToObject());
  return run(info, [operation, values, session = session_] { return session->generate(operation, values); }, info[1]);
}

Napi::Value Model::restore(const Napi::CallbackInfo& info) {
  check_open(info.Env());
  const Napi::Object object = info[0].ToObject();
  NamedTensors state;
  const Napi::Array names = object.GetPropertyNames();
  for (uint32_t i = 0; i < names.Length(); ++i) {
    const std::string name = names.Get(i).ToString();
    state[name] = tensor_view(object.Get(name));
  }
  return run(
      info,
      [state, session = session_] {
        session->restore(state);
        return NamedTensors{};
      },
      info[0]);
}

Napi::Value Model::state(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!session_) throw to_error(env, {"ERR_DISPOSED", "The model was disposed"});
  const auto state = session_->state();
  if (!state) return env.Null();
  if (state != shown_state_) {
    shown_state_object_ = Napi::Persistent(shared_with_js(env, *state).ToObject());
    shown_state_ = state;
  }
  return shown_state_object_.Value();
}

void Model::cancel(const Napi::CallbackInfo&) {
  if (jobs_ > 0) *cancelled_ = true;
}

void Model::dispose(const Napi::CallbackInfo& info) {
  cancel(info);
  session_ = nullptr;  // a running job holds it until it has stopped
  shown_state_ = nullptr;
  shown_state_object_.Reset();
  thread_->rest();
}

}  // namespace dc::addon
