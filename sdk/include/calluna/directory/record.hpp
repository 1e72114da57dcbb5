#pragma once
#include <calluna/directory/partner.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace calluna::directory {

/// The bytes a partner is kept as, in memory and in SQLite: each field with its length before it.
/// A million partners are then two or three blocks of memory instead of ten million strings.
std::string encode(partner const& p);

/// A look at such bytes, which must stay where they are. Reading a field walks over those before
/// it. Bytes that `encode` has not made read as empty fields.
class record {
 public:
  record() = default;
  explicit record(std::string_view bytes) : bytes_(bytes) {}

  std::string_view id() const { return text(0); }
  std::string_view name() const { return text(1); }
  std::string_view company_id() const { return text(2); }
  std::string_view company() const { return text(3); }
  bool is_company() const { return text(4) == "1"; }
  std::string_view region() const { return text(5); }
  std::string_view salesperson() const { return text(6); }
  std::string_view url() const { return text(7); }
  std::string_view lang() const { return text(8); }
  std::vector<std::string_view> tags() const { return list(9); }
  std::vector<std::string_view> numbers() const { return list(10); }
  std::vector<std::string_view> salesperson_endpoints() const { return list(11); }

  std::string_view bytes() const noexcept { return bytes_; }

 private:
  std::string_view text(int field) const;
  std::vector<std::string_view> list(int field) const;
  std::string_view bytes_;
};

/// "name (company)", or the one of both that there is.
std::string display_name(record const& r);

partner decode(record const& r);

}  // namespace calluna::directory
