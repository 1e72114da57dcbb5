#include <calluna/calls/call_file.hpp>
#include <calluna/calls/call_json.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace calluna::calls {
namespace {

constexpr int schema = 1;

constexpr char tables[] =
    "CREATE TABLE live (id TEXT PRIMARY KEY, pbx TEXT NOT NULL, call TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE told (at INTEGER NOT NULL);"
    "INSERT INTO told VALUES (0);";

using nlohmann::json;

}  // namespace

result<call_file> call_file::open(std::string const& path) {
  auto database = store::database::open(path);
  if (!database) return fail(database.error());
  auto const version = database->version();
  if (!version) return fail(version.error());
  if (*version > schema)
    return fail(error_kind::invalid, fmt::format("{} is of a newer Calluna", path));
  if (*version == 0) {
    auto transaction = store::transaction::begin(*database);
    if (!transaction) return fail(transaction.error());
    if (auto made = database->execute(tables); !made) return fail(made.error());
    if (auto set = database->set_version(schema); !set) return fail(set.error());
    if (auto done = transaction->commit(); !done) return fail(done.error());
  }
  return call_file(std::move(*database));
}

result<call_file::content> call_file::read() {
  content all;
  auto at = database_.prepare("SELECT at FROM told");
  if (!at) return fail(at.error());
  auto row = at->step();
  if (!row) return fail(row.error());
  if (*row) all.at = moment(span_of_time(at->integer(0)));
  auto live = database_.prepare("SELECT pbx, call FROM live");
  if (!live) return fail(live.error());
  for (;;) {
    row = live->step();
    if (!row) return fail(row.error());
    if (!*row) return all;
    auto call = call_from_json(json::parse(live->text(1), nullptr, false));
    if (call)
      all.calls.push_back({std::string(live->text(0)), std::move(*call)});
    else
      ++all.unreadable;
  }
}

result<void> call_file::write(std::vector<change> const& changes, moment at) {
  auto transaction = store::transaction::begin(database_);
  if (!transaction) return fail(transaction.error());
  auto put = database_.prepare("INSERT OR REPLACE INTO live VALUES (?1, ?2, ?3)");
  if (!put) return fail(put.error());
  auto drop = database_.prepare("DELETE FROM live WHERE id = ?1");
  if (!drop) return fail(drop.error());
  for (auto const& c : changes) {
    auto& row = c.call ? *put : *drop;
    row.bind(1, c.id);
    std::string text;
    if (c.call) {
      text = to_json(*c.call).dump(-1, ' ', false, json::error_handler_t::replace);
      row.bind(2, c.pbx);
      row.bind(3, text);
    }
    if (auto done = row.run(); !done) return done;
  }
  auto tell = database_.prepare("UPDATE told SET at = ?1");
  if (!tell) return fail(tell.error());
  tell->bind(1, static_cast<std::int64_t>(at.time_since_epoch().count()));
  if (auto done = tell->run(); !done) return done;
  return transaction->commit();
}

}  // namespace calluna::calls
