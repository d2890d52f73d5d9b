// Memory, generators and the current device of the stand-in.
#pragma once

#include <ATen/core/Generator.h>

#include "torch.h"

namespace dc::test {

c10::DeviceIndex current_device();

// A storage of the device on the memory of one of the host, which it keeps.
c10::Storage device_storage(const c10::Storage& host, c10::DeviceIndex index);

// The same numbers in the same memory, as a tensor of the CPU; of one with compressed rows, its members.
at::Tensor on_host(const at::Tensor& device);

// `host` as a tensor of the device; `storage` is the device's of its memory.
at::Tensor on_device(const at::Tensor& host, const c10::Storage& storage);

// Takes over what an operator changed in `host`, made by on_host(device): its size, or the memory itself.
void follow(const at::Tensor& host, const at::Tensor& device);

const at::Generator& default_generator(c10::DeviceIndex index);

// The generator of the CPU behind one of the device. Throws if it is of another device.
at::Generator host_generator(const at::Generator& generator, const c10::Device& device);

// Makes the generator of the device `to` draw what `from` would.
void copy_state(const at::Generator& from, const at::Generator& to);

// What the device's memory held at some time.
class MemorySnapshot {
 public:
  MemorySnapshot();
  void put_back() const;

 private:
  std::vector<std::pair<c10::Storage, std::string>> bytes_;
};

}  // namespace dc::test
