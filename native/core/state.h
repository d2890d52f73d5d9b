// The state of a model as named tensors: what is saved, restored and handed to the caller.
#pragma once

#include "parameter.h"

namespace dc {

using NamedTensors = std::map<std::string, at::Tensor>;

// A tensor of a method that belongs to its state, and what a saved one must be like to take its place.
struct Slot {
  // Extents that the options do not decide.
  static constexpr int64_t kItems = -1;    // the number of training items: one for all slots of a model
  static constexpr int64_t kTrained = -2;  // those that clusters are trained on, all or some: one for all slots of a model
  static constexpr int64_t kAny = -3;

  std::string name;
  at::Tensor* tensor;
  at::ScalarType type;
  std::vector<int64_t> shape;
  bool needed;            // in every saved state; else empty until it is found
  bool replaced = false;  // never written in place, only put in another's place: a snapshot may share it
  int64_t below = 0;      // whole numbers lie in 0 … below - 1 (kItems, kTrained: below their number); 0: any

  // Weights, centroids, running statistics: of the shape and type that it has now.
  static Slot learned(std::string name, at::Tensor& tensor);
  // What exists once it was found, of the type that the tensor has now.
  static Slot found(std::string name, at::Tensor& tensor, std::vector<int64_t> shape, int64_t below = 0);
  // What is found before anything is saved: float32.
  static Slot settled(std::string name, at::Tensor& tensor, std::vector<int64_t> shape);
  // The cluster of each item, or of each that clusters are trained on, written in place: int64 [items].
  static Slot assignments(std::string name, at::Tensor& tensor, int64_t clusters, int64_t items = kItems);

  Slot never_written() && {
    replaced = true;
    return std::move(*this);
  }
};

// Of a network: what is learned by gradients, and its buffers.
std::vector<Slot> learned_slots(const std::vector<Parameter*>& parameters, const std::vector<Buffer>& buffers = {});

// Copies of every defined tensor, each on its own device.
NamedTensors snapshot(const std::vector<Slot>& slots);

// The same on the host.
NamedTensors on_host(const NamedTensors& state);

// Fills the slots, on `device` those that are still undefined. Throws ERR_FILE_FORMAT, before anything is changed, if a needed one is
// missing, or one has another type or shape, other numbers than may stand there, or another number of items than the rest.
void restore(const std::vector<Slot>& slots, const NamedTensors& state, at::Device device);

// Throws ERR_FILE_FORMAT if what the slots hold is of another number of items than `n`.
void check_items(const std::vector<Slot>& slots, int64_t n);

// A whole number of at least 0 that a state holds; 0 where it holds none. Throws ERR_FILE_FORMAT for anything else.
int64_t saved_number(const NamedTensors& state, const std::string& name);

// A tensor that the run keeps beside the slots. Throws ERR_FILE_FORMAT if it is missing or of another shape.
at::Tensor saved_tensor(const NamedTensors& state, const std::string& name, at::IntArrayRef shape);

// The error for a state that contradicts itself or the options.
[[noreturn]] void bad_state(const std::string& what);

}  // namespace dc
