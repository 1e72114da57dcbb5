#include <calluna/store/database.hpp>

#include <sqlite3.h>

#include <filesystem>
#include <utility>

namespace calluna::store {
namespace {

class sqlite_category_type final : public std::error_category {
 public:
  char const* name() const noexcept override { return "sqlite"; }
  std::string message(int code) const override { return sqlite3_errstr(code); }
};

tl::unexpected<error> failure(sqlite3* d, int code) {
  static sqlite_category_type const category;
  char const* const file = d != nullptr ? sqlite3_db_filename(d, "main") : nullptr;
  std::string text = file != nullptr && *file != '\0' ? file : "database";
  text += ": ";
  text += d != nullptr ? sqlite3_errmsg(d) : sqlite3_errstr(code);
  bool const busy = (code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED;
  return fail(error_kind::protocol, std::move(text), busy, {code, category});
}

constexpr int busy_milliseconds = 5000;

}  // namespace

void statement::finalizer::operator()(sqlite3_stmt* s) const noexcept {
  sqlite3_finalize(s);
}

void statement::bind(int parameter, std::int64_t value) {
  sqlite3_bind_int64(statement_.get(), parameter, value);
}

void statement::bind(int parameter, std::string_view text) {
  sqlite3_bind_text(statement_.get(), parameter, text.data(), static_cast<int>(text.size()),
                    SQLITE_TRANSIENT);
}

void statement::bind_blob(int parameter, std::string_view bytes) {
  // A null pointer would make it NULL.
  sqlite3_bind_blob(statement_.get(), parameter, bytes.empty() ? "" : bytes.data(),
                    static_cast<int>(bytes.size()), SQLITE_STATIC);
}

result<bool> statement::step() {
  int const code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return failure(database_, code);
}

result<void> statement::run() {
  auto const stepped = step();
  reset();
  if (!stepped) return tl::unexpected(stepped.error());
  return {};
}

void statement::reset() {
  sqlite3_reset(statement_.get());
}

std::int64_t statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string_view statement::text(int column) const {
  auto const* const data =
      reinterpret_cast<char const*>(sqlite3_column_text(statement_.get(), column));
  return data == nullptr
             ? std::string_view{}
             : std::string_view(
                   data, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column)));
}

std::string_view statement::blob(int column) const {
  auto const* const data = static_cast<char const*>(sqlite3_column_blob(statement_.get(), column));
  return data == nullptr
             ? std::string_view{}
             : std::string_view(
                   data, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column)));
}

bool statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

void database::closer::operator()(sqlite3* d) const noexcept {
  sqlite3_close_v2(d);
}

result<database> database::open(std::string const& path) {
  std::error_code code;
  auto const folder = std::filesystem::path(path).parent_path();
  if (!folder.empty() && !std::filesystem::exists(folder, code)) {
    std::filesystem::create_directories(folder, code);
    if (code)
      return fail(error_kind::protocol,
                  "cannot make the folder " + folder.string() + ": " + code.message(), false, code);
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, code);
  }
  sqlite3* raw = nullptr;
  int const opened =
      sqlite3_open_v2(path.empty() ? ":memory:" : path.c_str(), &raw,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  database made(raw, path);
  if (opened != SQLITE_OK) {
    auto why = failure(raw, opened).value();
    if (why.message.find(path) == std::string::npos) why.message = path + ": " + why.message;
    return fail(std::move(why));
  }
  sqlite3_busy_timeout(raw, busy_milliseconds);
  if (!path.empty())  // what a business knows is for nobody else's eyes
    std::filesystem::permissions(
        path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, code);
  // NORMAL: after a loss of power the last transactions may be missing, never the file's sense.
  if (auto done = made.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"); !done)
    return tl::unexpected(done.error());
  return made;
}

result<void> database::execute(char const* sql) {
  int const code = sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return failure(database_.get(), code);
  return {};
}

result<statement> database::prepare(char const* sql) {
  sqlite3_stmt* raw = nullptr;
  int const code = sqlite3_prepare_v2(database_.get(), sql, -1, &raw, nullptr);
  if (code != SQLITE_OK) return failure(database_.get(), code);
  return statement(database_.get(), raw);
}

result<int> database::version() {
  auto found = prepare("PRAGMA user_version");
  if (!found) return tl::unexpected(found.error());
  if (auto row = found->step(); !row) return tl::unexpected(row.error());
  return static_cast<int>(found->integer(0));
}

result<void> database::set_version(int version) {
  return execute(("PRAGMA user_version = " + std::to_string(version)).c_str());
}

result<transaction> transaction::begin(database& in) {
  if (auto begun = in.execute("BEGIN IMMEDIATE"); !begun) return tl::unexpected(begun.error());
  return transaction(in);
}

transaction::transaction(transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

transaction::~transaction() {
  if (database_ != nullptr) static_cast<void>(database_->execute("ROLLBACK"));
}

result<void> transaction::commit() {
  auto done = database_->execute("COMMIT");
  if (done) database_ = nullptr;
  return done;
}

}  // namespace calluna::store
