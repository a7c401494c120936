-- Lua's os over functions of the program.
local modules = ...
local host = modules.os
local fields, format, now, seconds = host.fields, host.date, host.now, host.time
local type, error, tostring, math_tointeger = type, error, tostring, math.tointeger

local os = {
  clock = host.clock,
  execute = host.execute,
  exit = host.exit,
  getenv = host.getenv,
  tmpname = host.tmpname,
}

local function named(path, ok, why, errno)
  if ok then
    return true
  end
  return nil, path .. ": " .. why, errno
end

function os.remove(path)
  return named(path, host.remove(path))
end

function os.rename(from, to)
  return named(from, host.rename(from, to))
end

function os.difftime(a, b)
  return a - (b or 0.0) + 0.0
end

function os.setlocale(locale)
  if locale == nil or locale == "" or locale == "C" or locale == "POSIX" then
    return "C"
  end
  return nil
end

local function whole(t, name, fallback)
  local value = t[name]
  local integer = math_tointeger(value) or (type(value) == "string" and math_tointeger(tonumber(value)))
  if integer then
    return integer
  end
  if value ~= nil then
    error(("field '%s' is not an integer"):format(name), 3)
  end
  return fallback or error(("field '%s' missing in date table"):format(name), 3)
end

local function broken(at, utc)
  local t = fields(at, utc)
  t.offset, t.zone = nil, nil
  return t
end

function os.time(t)
  if t == nil then
    return now()
  end
  local at = seconds(
    whole(t, "year"),
    whole(t, "month"),
    whole(t, "day"),
    whole(t, "hour", 12),
    whole(t, "min", 0),
    whole(t, "sec", 0)
  )
  for name, value in next, broken(at, false) do
    t[name] = value
  end
  return at
end

function os.date(what, at)
  what = tostring(what or "%c")
  if at ~= nil and not math_tointeger(at) then
    error(("bad argument #2 to 'date' (%s)"):format(type(at) == "number" and "number has no integer representation" or "number expected, got " .. type(at)), 2)
  end
  at = at and math_tointeger(at) or now()
  local utc = what:sub(1, 1) == "!"
  if utc then
    what = what:sub(2)
  end
  if what:sub(1, 2) == "*t" then
    return broken(at, utc)
  end
  return format(what, at, utc)
end

modules.os = os
