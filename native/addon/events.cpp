#include "events.h"

#include "tensors.h"

namespace dc::addon {

using run::Event;

namespace {

constexpr auto kStepInterval = std::chrono::milliseconds(100);

Napi::Object to_js(Napi::Env env, const Event& event) {
  Napi::Object object = Napi::Object::New(env);
  const auto number = [&](const char* name, double value) { object.Set(name, Napi::Number::New(env, value)); };
  const auto text = [&](const char* name, const std::string& value) { object.Set(name, Napi::String::New(env, value)); };
  switch (event.kind) {
    case Event::Kind::phase:
      text("type", "phase");
      text("phase", event.phase);
      number("epochs", static_cast<double>(event.epochs));
      number("steps", static_cast<double>(event.steps));
      number("samples", static_cast<double>(event.samples));
      break;
    case Event::Kind::step:
      text("type", "step");
      text("phase", event.phase);
      number("epoch", static_cast<double>(event.epoch));
      number("epochs", static_cast<double>(event.epochs));
      number("step", static_cast<double>(event.step));
      number("steps", static_cast<double>(event.steps));
      break;
    case Event::Kind::epoch: {
      text("type", "epoch");
      text("phase", event.phase);
      number("epoch", static_cast<double>(event.epoch));
      number("epochs", static_cast<double>(event.epochs));
      number("seconds", event.seconds);
      number("samples", static_cast<double>(event.samples));
      Napi::Object values = Napi::Object::New(env);
      for (const auto& [name, value] : event.values) values.Set(name, Napi::Number::New(env, value));
      object.Set("values", values);
      if (event.assignments.defined()) object.Set("assignments", typed_array(env, event.assignments));
      if (event.items.defined()) object.Set("items", typed_array(env, event.items));
      if (event.codes.defined()) object.Set("codes", typed_array(env, event.codes));
      break;
    }
    case Event::Kind::phase_end:
      text("type", "phase-end");
      text("phase", event.phase);
      number("seconds", event.seconds);
      break;
    case Event::Kind::warning:
      text("type", "warning");
      text("message", event.message);
      break;
  }
  return object;
}

}  // namespace

void Events::send(const Event& event) {
  if (event.kind == Event::Kind::step) {
    const auto now = std::chrono::steady_clock::now();
    if (now - last_step_ < kStepInterval || step_under_way_.exchange(true)) return;
    last_step_ = now;
  }
  thread_.reply([self = shared_from_this(), event](Napi::Env env) { self->deliver(env, event); });
}

void Events::deliver(Napi::Env env, const Event& event) {
  if (event.kind == Event::Kind::step) step_under_way_ = false;
  if (!listener_.IsEmpty()) listener_.Call({to_js(env, event)});
}

}  // namespace dc::addon
