// Runs the tests whose name holds the first argument, or all. Ends with "N passed, N failed, N skipped".
#include "error.h"
#include "harness.h"

namespace dc::test {

std::vector<Test>& tests() {
  static std::vector<Test> all;
  return all;
}

std::string code_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.code();
  }
  return "";
}

}  // namespace dc::test

int main(int argc, char** argv) {
  const std::string filter = argc > 1 ? argv[1] : "";
  int passed = 0, failed = 0, skipped = 0;
  for (const auto& test : dc::test::tests()) {
    if (test.name.find(filter) == std::string::npos) continue;
    try {
      test.body();
      ++passed;
      std::cout << "ok       " << test.name << std::endl;
    } catch (const dc::test::Skipped& reason) {
      ++skipped;
      std::cout << "skipped  " << test.name << ": " << reason.what() << std::endl;
    } catch (const c10::Error& error) {
      ++failed;
      std::cout << "FAILED   " << test.name << "\n" << error.what_without_backtrace() << std::endl;
    } catch (const std::exception& error) {
      ++failed;
      std::cout << "FAILED   " << test.name << "\n" << error.what() << std::endl;
    }
  }
  std::cout << passed << " passed, " << failed << " failed, " << skipped << " skipped" << std::endl;
  return failed > 0 ? 1 : 0;
}
