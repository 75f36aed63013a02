// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/rpc/families.h>

namespace kepeng::rpc {

std::vector<std::span<const Method>> all_families() {
  return {control_methods(), generate_methods(), submit_methods(), chain_control_methods(), waiting_methods()};
}

}  // namespace kepeng::rpc
