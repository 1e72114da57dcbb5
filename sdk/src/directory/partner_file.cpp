#include "partner_file.hpp"

#include <cstring>

namespace calluna::directory {
namespace {

constexpr int schema = 1;
constexpr char const* make_tables = R"sql(
CREATE TABLE partner  (id TEXT PRIMARY KEY, record BLOB NOT NULL, numbers BLOB NOT NULL);
CREATE TABLE gathered (id TEXT PRIMARY KEY, record BLOB NOT NULL, numbers BLOB NOT NULL);
CREATE TABLE setting  (key TEXT PRIMARY KEY, value TEXT NOT NULL);
)sql";
// Renaming instead of copying: the write-ahead log would otherwise grow by everything.
constexpr char const* swap_tables = R"sql(
DROP TABLE partner;
ALTER TABLE gathered RENAME TO partner;
CREATE TABLE gathered (id TEXT PRIMARY KEY, record BLOB NOT NULL, numbers BLOB NOT NULL);
)sql";

// Numbers are kept as their integers, eight bytes each, so that loading reads no text.
std::string_view bytes_of(std::vector<numbers::e164> const& numbers) {
  static_assert(sizeof(numbers::e164) == 8);
  return {reinterpret_cast<char const*>(numbers.data()), numbers.size() * sizeof(numbers::e164)};
}

void read_numbers(std::string_view bytes, std::vector<numbers::e164>& into) {
  into.resize(bytes.size() / sizeof(numbers::e164));
  if (!into.empty()) std::memcpy(into.data(), bytes.data(), into.size() * sizeof(numbers::e164));
}

}  // namespace

result<partner_file> partner_file::open(std::string const& path) {
  auto opened = store::database::open(path);
  if (!opened) return tl::unexpected(opened.error());
  partner_file made(std::move(*opened));
  if (auto ready = made.make_schema(); !ready) return tl::unexpected(ready.error());
  return made;
}

result<void> partner_file::make_schema() {
  auto const version = database_.version();
  if (!version) return tl::unexpected(version.error());
  if (*version > schema)
    return fail(error_kind::invalid, database_.path() + ": made by a newer Calluna (schema " +
                                         std::to_string(*version) + ", known is " +
                                         std::to_string(schema) + ")");
  if (*version == schema) return {};
  auto all = begin();
  if (!all) return tl::unexpected(all.error());
  if (auto made = database_.execute(make_tables); !made) return made;
  if (auto set = database_.set_version(schema); !set) return set;
  return all->commit();
}

result<std::shared_ptr<snapshot const>> partner_file::load() {
  auto rows = database_.prepare("SELECT record, numbers FROM partner");
  if (!rows) return tl::unexpected(rows.error());
  snapshot_builder builder;
  std::vector<numbers::e164> numbers;
  for (;;) {
    auto const more = rows->step();
    if (!more) return tl::unexpected(more.error());
    if (!*more) return builder.finish();
    read_numbers(rows->blob(1), numbers);
    builder.put(rows->blob(0), numbers);
  }
}

result<std::string> partner_file::get(std::string_view key) {
  auto found = database_.prepare("SELECT value FROM setting WHERE key = ?1");
  if (!found) return tl::unexpected(found.error());
  found->bind(1, key);
  auto const row = found->step();
  if (!row) return tl::unexpected(row.error());
  return *row ? std::string(found->text(0)) : std::string{};
}

result<void> partner_file::set(std::string_view key, std::string_view value) {
  auto put = database_.prepare("INSERT OR REPLACE INTO setting (key, value) VALUES (?1, ?2)");
  if (!put) return tl::unexpected(put.error());
  put->bind(1, key);
  put->bind(2, value);
  return put->run();
}

result<void> partner_file::begin_gathering() {
  return database_.execute("DELETE FROM gathered");
}

result<void> partner_file::put(std::vector<kept_partner> const& partners, bool gathered) {
  auto put = database_.prepare(
      gathered ? "INSERT OR REPLACE INTO gathered (id, record, numbers) VALUES (?1, ?2, ?3)"
               : "INSERT OR REPLACE INTO partner (id, record, numbers) VALUES (?1, ?2, ?3)");
  if (!put) return tl::unexpected(put.error());
  for (auto const& one : partners) {
    put->bind(1, record(one.record).id());
    put->bind_blob(2, one.record);
    put->bind_blob(3, bytes_of(one.numbers));
    if (auto done = put->run(); !done) return done;
  }
  return {};
}

result<std::size_t> partner_file::remove(std::vector<std::string> const& ids, bool gathered) {
  auto remove = database_.prepare(gathered ? "DELETE FROM gathered WHERE id = ?1 RETURNING id"
                                           : "DELETE FROM partner WHERE id = ?1 RETURNING id");
  if (!remove) return tl::unexpected(remove.error());
  std::size_t count = 0;
  for (auto const& id : ids) {
    remove->bind(1, std::string_view(id));
    for (;;) {
      auto const row = remove->step();
      if (!row) return tl::unexpected(row.error());
      if (!*row) break;
      ++count;
    }
    remove->reset();
  }
  return count;
}

result<std::size_t> partner_file::gathered() {
  auto count = database_.prepare("SELECT count(*) FROM gathered");
  if (!count) return tl::unexpected(count.error());
  if (auto row = count->step(); !row) return tl::unexpected(row.error());
  return static_cast<std::size_t>(count->integer(0));
}

result<void> partner_file::take_gathered() {
  return database_.execute(swap_tables);
}

}  // namespace calluna::directory
