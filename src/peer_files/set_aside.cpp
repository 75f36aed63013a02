// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "set_aside.h"

#include <kepeng/base/files.h>

namespace kepeng::peer_files {

std::string set_aside(Env& env, const std::string& path, const std::string& reason) {
  const std::string aside = path + ".damaged";
  const std::string what = path + " cannot be used: " + reason + (reason.ends_with('.') ? " " : ". ");
  // A rename that is lost to a crash is made again at the next start.
  if (const auto renamed = env.rename(path, aside); !renamed) {
    return what + "It could not be renamed either and will be overwritten: " + renamed.error().message;
  }
  static_cast<void>(env.sync_directory(parent_path(path)));
  return what + "It is now " + aside + ", and the node goes on without it.";
}

std::optional<std::string> read_or_set_aside(Env& env, const Source& source,
                                             const std::function<Result<Unit, std::string>(ByteView)>& take) {
  const auto bytes = read_file(env, source.path, source.bytes_max);
  if (!bytes && bytes.error().kind == FaultKind::NotFound) return std::nullopt;
  if (!bytes) return set_aside(env, source.path, bytes.error().message);
  if (const auto taken = take(*bytes); !taken) return set_aside(env, source.path, taken.error());
  return std::nullopt;
}

}  // namespace kepeng::peer_files
