// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// libFuzzer's entry points for the target KEPENG_FUZZ_TARGET. With $KEPENG_FUZZ_SEEDS the program only writes the
// target's first inputs into that directory.

#include <cstdlib>
#include <fstream>

#include "fuzz.h"

namespace {

const kepeng::fuzz::Target& target() {
  const auto& all = kepeng::fuzz::targets();
  const auto found =
      std::find_if(all.begin(), all.end(), [](const auto& row) { return row.name == KEPENG_FUZZ_TARGET; });
  KP_ASSERT(found != all.end());
  return *found;
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  const char* directory = std::getenv("KEPENG_FUZZ_SEEDS");
  if (directory == nullptr) return 0;
  int number = 0;
  for (const kepeng::Bytes& seed : target().seeds()) {
    std::ofstream file{std::string{directory} + "/seed" + std::to_string(number++), std::ios::binary};
    file << kepeng::as_text(seed);
  }
  std::exit(0);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const kepeng::fuzz::Target& chosen = target();
  chosen.run({data, size});
  return 0;
}
