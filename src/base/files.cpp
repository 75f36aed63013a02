// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/base/files.h>

namespace kepeng {
namespace {

// Leaves no temporary file behind when a write fails half-way; what made it fail is the caller's news, not this.
Err<Fault> give_up(Env& env, const std::string& temporary, Fault fault) {
  static_cast<void>(env.remove(temporary));
  return Err{std::move(fault)};
}

Result<Unit, Fault> write_new_file(Env& env, const std::string& path, ByteView bytes) {
  KP_TRY(const auto file, env.open_write(path, WriteMode::Truncate));
  KP_TRY_VOID(file->write_at(0, bytes));
  return file->sync();
}

}  // namespace

std::string join_path(std::string_view directory, std::string_view name) {
  std::string joined{directory};
  if (!joined.empty() && joined.back() != '/') joined += '/';
  joined += name;
  return joined;
}

std::string parent_path(std::string_view path) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  const std::size_t slash = path.find_last_of('/');
  if (slash == std::string_view::npos) return ".";
  return std::string{path.substr(0, slash == 0 ? 1 : slash)};
}

std::string file_name(std::string_view path) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  const std::size_t slash = path.find_last_of('/');
  return std::string{slash == std::string_view::npos ? path : path.substr(slash + 1)};
}

Result<bool, Fault> exists(Env& env, const std::string& path) {
  const auto status = env.status(path);
  if (status) return true;
  if (status.error().kind == FaultKind::NotFound) return false;
  return Err{status.error()};
}

Result<Unit, Fault> make_directories(Env& env, const std::string& path) {
  const auto status = env.status(path);
  if (status && status->is_directory) return Unit{};
  if (status) return Err{Fault{FaultKind::Config, path + " is a file; a directory is needed there."}};
  if (status.error().kind != FaultKind::NotFound) return Err{status.error()};
  const std::string parent = parent_path(path);
  if (parent != path) KP_TRY_VOID(make_directories(env, parent));
  KP_TRY_VOID(env.make_directory(path));
  return env.sync_directory(parent);
}

Result<Unit, Fault> write_file_atomically(Env& env, const std::string& path, ByteView bytes) {
  const std::string temporary = path + ".new";
  if (auto written = write_new_file(env, temporary, bytes); !written) {
    return give_up(env, temporary, std::move(written).error());
  }
  if (auto renamed = env.rename(temporary, path); !renamed) {
    return give_up(env, temporary, std::move(renamed).error());
  }
  return env.sync_directory(parent_path(path));
}

Result<Bytes, Fault> read_file(Env& env, const std::string& path, std::uint64_t bytes_max) {
  KP_TRY(const auto file, env.open_random(path, ReadMode::Copy));
  KP_TRY(const auto size, file->size());
  if (size > bytes_max) {
    return Err{Fault{FaultKind::Corruption, path + " has " + std::to_string(size) + " bytes; at most " +
                                                std::to_string(bytes_max) + " are expected."}};
  }
  Bytes bytes(size);
  KP_TRY(const auto read, file->read_at(0, bytes));
  bytes.resize(read.size());
  return bytes;
}

Result<Unit, Fault> remove_file_durably(Env& env, const std::string& path) {
  auto removed = env.remove(path);
  if (!removed && removed.error().kind != FaultKind::NotFound) return removed;
  return env.sync_directory(parent_path(path));
}

}  // namespace kepeng
