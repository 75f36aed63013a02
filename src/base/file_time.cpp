// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/base/file_time.h>

#include <sys/stat.h>

#include <algorithm>
#include <ctime>

namespace kepeng {

std::optional<std::int64_t> seconds_since_written(const std::string& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) return std::nullopt;
  return std::max<std::int64_t>(0, std::time(nullptr) - about.st_mtime);
}

}  // namespace kepeng
