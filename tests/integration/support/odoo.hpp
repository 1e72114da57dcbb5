#pragma once
#include "process.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

namespace calluna::integration {

/// A real Odoo 19 with a database of its own (lab/README.md), which ends with this object.
class odoo {
 public:
  /// The one for all tests of this program, started when it is first wanted. Throws
  /// std::runtime_error if it cannot be had.
  static odoo& shared();
  static void end_shared();
  /// CALLUNA_WITHOUT_ODOO is set: tests are to be skipped.
  static bool is_unwanted();

  explicit odoo(std::filesystem::path folder);
  ~odoo();
  odoo(odoo const&) = delete;
  odoo& operator=(odoo const&) = delete;

  std::string url() const { return setting("ODOO_URL"); }
  std::uint16_t port() const;
  std::string database() const { return setting("ODOO_DATABASE"); }
  std::string user() const { return setting("ODOO_USER"); }
  /// "", "NOBODY", "EXPIRED", "ADMIN" or "WRONG": whose; see lab/README.md.
  std::string key(std::string const& whose = {}) const;

  /// SIGKILL for Odoo and its PostgreSQL; what was committed stays.
  void kill();
  /// Back again, with the same data, keys and port.
  void start_again();
  /// One statement, behind Odoo's back; its answer without decoration, fields separated by "|".
  std::string sql(std::string const& statement) const;

 private:
  void wait_ready();
  std::string const& setting(std::string const& key) const;
  std::filesystem::path folder_;
  std::unique_ptr<process> program_;
  std::map<std::string, std::string> env_;
};

}  // namespace calluna::integration
