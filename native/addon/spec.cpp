#include "spec.h"

namespace dc::addon {

namespace {

std::vector<double> numbers(const Napi::Array& array) {
  std::vector<double> values;
  for (uint32_t i = 0; i < array.Length(); ++i) values.push_back(array.Get(i).ToNumber().DoubleValue());
  return values;
}

}  // namespace

OptionValues read_options(const Napi::Object& object) {
  OptionValues options;
  const Napi::Array names = object.GetPropertyNames();
  for (uint32_t i = 0; i < names.Length(); ++i) {
    const std::string name = names.Get(i).ToString();
    const Napi::Value value = object.Get(name);
    if (value.IsBoolean()) {
      options.set(name, value.As<Napi::Boolean>().Value());
    } else if (value.IsNumber()) {
      options.set(name, value.As<Napi::Number>().DoubleValue());
    } else if (value.IsString()) {
      options.set(name, value.As<Napi::String>().Utf8Value());
    } else if (value.IsArray()) {
      options.set(name, numbers(value.As<Napi::Array>()));
    } else {
      throw Napi::TypeError::New(object.Env(), "The option `" + name + "` has a type that the addon does not take");
    }
  }
  return options;
}

methods::ModelSpec read_spec(const Napi::Object& object) {
  methods::ModelSpec spec;
  spec.method = object.Get("method").ToString();
  spec.options = read_options(object.Get("options").ToObject());
  for (const double side : numbers(object.Get("shape").As<Napi::Array>())) spec.item_shape.push_back(static_cast<int64_t>(side));
  spec.device = at::Device(object.Get("device").ToString().Utf8Value());
  spec.precision = object.Get("precision").ToString().Utf8Value() == "bfloat16" ? Precision::bfloat16 : Precision::float32;
  spec.tf32 = object.Get("tf32").ToBoolean();
  spec.capture = object.Get("capture").ToBoolean();
  spec.threads = object.Get("threads").ToNumber().Int32Value();
  spec.seed = static_cast<uint64_t>(object.Get("seed").ToNumber().DoubleValue());
  return spec;
}

}  // namespace dc::addon
