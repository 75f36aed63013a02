// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "key_files.h"

#include <kepeng/base/files.h>

namespace kepeng::reach {
namespace {

constexpr unsigned kOwnerOnly = 0600;

}  // namespace

Result<Bytes, Fault> load_key(Env& env, const std::string& path) {
  auto bytes = read_file(env, path, kKeyFileBytesMax);
  if (!bytes && bytes.error().kind == FaultKind::NotFound) return Bytes{};
  return bytes;
}

// The new file is born with these permissions; one that had others is replaced.
Result<Unit, Fault> keep_key(Env& env, const std::string& path, ByteView key) {
  KP_TRY_VOID(write_file_atomically(env, path, key));
  return env.set_permissions(path, kOwnerOnly);
}

}  // namespace kepeng::reach
