#pragma once
#include <calluna/directory/directory.hpp>
#include <calluna/store/database.hpp>

namespace calluna::directory {

/// A partner as the file keeps it.
struct kept_partner {
  std::string record;
  std::vector<numbers::e164> numbers;
};

/// The directory's SQLite file. Blocks. One thread at a time.
class partner_file {
 public:
  /// Errors: as store::database, and `invalid` for a file of a newer Calluna.
  static result<partner_file> open(std::string const& path);

  /// Everybody, as a snapshot.
  result<std::shared_ptr<snapshot const>> load();

  /// A value beside the partners: "source", "cursor", "refreshed_at", "region"; "" if there is
  /// none.
  result<std::string> get(std::string_view key);
  result<void> set(std::string_view key, std::string_view value);

  result<void> begin_gathering();
  /// To those that are gathered, or to those that are served.
  result<void> put(std::vector<kept_partner> const& partners, bool gathered);
  result<std::size_t> remove(std::vector<std::string> const& ids, bool gathered);
  result<std::size_t> gathered();
  /// Those that were gathered take the place of all others.
  result<void> take_gathered();

  result<store::transaction> begin() { return store::transaction::begin(database_); }

 private:
  explicit partner_file(store::database d) : database_(std::move(d)) {}
  result<void> make_schema();
  store::database database_;
};

}  // namespace calluna::directory
