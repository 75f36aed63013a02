// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Files that the node can do without: reading one, and putting it away when it is of no use.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include <kepeng/base/env.h>

namespace kepeng::peer_files {

// Renames the file; an earlier one of that name is lost, so that there is never more than one. The sentence that tells
// the operator; `reason` is its middle: "it ends too early".
std::string set_aside(Env& env, const std::string& path, const std::string& reason);

struct Source {
  std::string path;
  std::uint64_t bytes_max;
};
// Hands the file to `take`, which says what is wrong with it. Nothing happens where there is no file. The answer is a
// warning: then the file has been set aside, if that was possible.
std::optional<std::string> read_or_set_aside(Env& env, const Source& source,
                                             const std::function<Result<Unit, std::string>(ByteView)>& take);

}  // namespace kepeng::peer_files
