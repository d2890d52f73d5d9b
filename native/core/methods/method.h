// What a method is to the rest of the core: something that trains, answers, and has a state. One pair of files per
// method registers itself here; nothing else has to know its name.
#pragma once

#include "data/rows.h"
#include "options.h"
#include "parameter.h"
#include "run/run.h"

namespace dc::methods {

struct ModelSpec {
  std::string method;
  OptionValues options;
  std::vector<int64_t> item_shape;  // one item, without the leading n
  at::Device device = at::kCPU;
  Precision precision = Precision::float32;
  int threads = 1;
  uint64_t seed = 0;
  bool capture = true;  // on a GPU: steps are recorded once and replayed
  int64_t steps_per_replay = device::Capture{}.steps;
  bool tf32 = true;  // on a GPU: products of float32 in training steps may be rounded to TF32

  int64_t features() const {
    int64_t product = 1;
    for (const int64_t side : item_shape) product *= side;
    return product;
  }
};

class Method {
 public:
  virtual ~Method() = default;

  // Trains from where the state stands; `run` skips what an interrupted run had done. Returns the results by name.
  virtual NamedTensors fit(const data::Dataset& data, run::Run& run) = 0;

  // One operation ("predict", "transform", …) on a block of items; called block by block, results are concatenated.
  // Throws RangeError for an operation that the method does not have.
  virtual NamedTensors infer(const std::string& operation, const data::Dataset& block) const = 0;

  // The shape of one item that `operation` takes, where it is not that of the training data.
  virtual std::optional<std::vector<int64_t>> input_shape(const std::string& operation) const { return std::nullopt; }

  // One operation that needs no items ("sample", …), with its own values.
  virtual NamedTensors generate(const std::string& operation, const OptionValues& values) const;

  // What makes a network's input of an item.
  virtual const data::Scaling& scaling() const = 0;

  // The tensors that make up what was learned.
  virtual std::vector<Slot> slots() = 0;

  // Called after the slots were restored.
  virtual void restored() {}
};

using Factory = std::unique_ptr<Method> (*)(const ModelSpec&);

// In the method's .cpp:  static const Registration registration("dcn", [](const ModelSpec& spec) -> … { … });
struct Registration {
  Registration(const char* name, Factory factory);
};

// With the self-training that its options ask for. Throws RangeError for a name that is not registered.
std::unique_ptr<Method> make_method(const ModelSpec& spec);
std::vector<std::string> method_names();

// What every method that stands on networks has in its state: scaling, parameters, buffers.
std::vector<Slot> network_slots(const std::vector<Parameter*>& parameters, data::Scaling& scaling, const std::vector<Buffer>& buffers = {});

// Rows [b, features] as they were scaled -> items [b, …] of the shape and units of the data.
at::Tensor unscaled_items(const data::Scaling& scaling, const at::Tensor& rows, const std::vector<int64_t>& item_shape);

// Throws ERR_FILE_FORMAT if `labels` [n] are not those of the data: a resumed state that says it has them, and has not.
void need_items(const at::Tensor& labels, const data::Dataset& data);

// Throws ERR_FILE_FORMAT if a restored state holds labels [n], but not the items [n, d] whose votes give others theirs.
void need_voters(const at::Tensor& labels, const at::Tensor& items);

// Throws ERR_NOT_FITTED if the training stopped before it gave each item a label: `labels` [n] are still empty then.
void need_clusters(const at::Tensor& labels);

// The error for an operation that a method does not have.
[[noreturn]] void unknown_operation(const std::string& method, const std::string& operation);

}  // namespace dc::methods
