// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Who may call: stored credentials, and the cookie that local programs read.
//
// Passwords are kept as HMAC-SHA256 under a salt, whatever form they came in, and compared in constant time; an unknown
// user costs the same work as a known one. Credentials: immutable after start-up, thread-safe. Cookie: one owner.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kepeng/base/fault.h>
#include <kepeng/base/result.h>

namespace kepeng::rpc {

class Credentials {
 public:
  // "user:salt$hash" with the hash in hex (-rpcauth); a Config fault when it has another form.
  Result<Unit, Fault> add_hashed(std::string_view entry);
  // A password in the clear; it is not kept.
  void add_password(std::string_view user, std::string_view password);
  bool empty() const { return entries_.empty(); }

  // The user of an Authorization header's value ("Basic dXNlcjpwdw=="), if the password is right.
  std::optional<std::string> check(std::string_view authorization) const;

 private:
  struct Entry {
    std::string user;
    std::string salt;
    std::string hash;  // hex
  };
  std::vector<Entry> entries_;
};

// The file with the password of this run. Written so that no other user can read or redirect it, removed when the
// object goes if the file still holds our password.
class CookieFile {
 public:
  enum class Readers { Owner, Group, All };
  static constexpr std::string_view kUser = "__cookie__";

  static Result<CookieFile, Fault> create(const std::filesystem::path& path, Readers readers);
  CookieFile(CookieFile&& other) noexcept;
  CookieFile& operator=(CookieFile&&) = delete;
  ~CookieFile();

  const std::string& password() const { return password_; }

 private:
  CookieFile(std::filesystem::path path, std::string password);
  std::filesystem::path path_;  // empty: moved from
  std::string password_;
};

}  // namespace kepeng::rpc
