-- pairs goes through a table in one order, whatever happened to the table before: 1, 2, 3… as far as they go, other numbers, names that are
-- whole numbers, names byte by byte, false, true. A map that was read from a file keeps that order; what was added since comes after.
local _, native = ...
local next, rawget, orders, metatableOf = native.next, native.rawget, native.orders, native.debug.getmetatable
local type, error, tonumber, sort, find = type, error, tonumber, table.sort, string.find
local rawpairs = pairs

local function append(list, more)
  local count = #list
  for i = 1, #more do
    list[count + i] = more[i]
  end
end

-- As JavaScript has it: below 2^32 - 1, written as one counts.
local function isCounted(name)
  return find(name, "^%d") and (name == "0" or find(name, "^[1-9]%d*$")) and tonumber(name) < 4294967295
end

local function byCount(a, b)
  return tonumber(a) < tonumber(b)
end

-- Keys without 1 to `past`, and without those that `told` has.
local function sorted(t, past, told)
  local numbers, counted, names, others = {}, {}, {}, {}
  for key in next, t do
    local kind = type(key)
    if kind == "string" then
      if not told or not told[key] then
        local list = isCounted(key) and counted or names
        list[#list + 1] = key
      end
    elseif kind == "number" then
      if not (key >= 1 and key <= past and key % 1 == 0) then
        numbers[#numbers + 1] = key
      end
    elseif kind ~= "boolean" then
      others[#others + 1] = key
    end
  end
  sort(numbers)
  sort(counted, byCount)
  sort(names)
  append(numbers, counted)
  append(numbers, names)
  for _, key in next, { false, true } do
    if rawget(t, key) ~= nil then
      numbers[#numbers + 1] = key
    end
  end
  append(numbers, others)
  return numbers
end

local function known(t, order)
  local told = {}
  for i = 1, #order do
    told[order[i]] = true
  end
  local added, counted, names = sorted(t, 0, told), {}, {}
  append(names, order)
  append(names, added)
  for i = 1, #names do
    if type(names[i]) == "string" and isCounted(names[i]) then
      counted[#counted + 1] = names[i]
    end
  end
  if #counted == 0 then
    return names
  end
  sort(counted, byCount)
  for i = 1, #names do
    if not (type(names[i]) == "string" and isCounted(names[i])) then
      counted[#counted + 1] = names[i]
    end
  end
  return counted
end

local function iterator(keys)
  local at = 0
  return function(t, key)
    if not keys then
      local i = (key or 0) + 1
      local value = rawget(t, i)
      if value ~= nil then
        return i, value
      end
      keys = sorted(t, i - 1)
    end
    while true do
      at = at + 1
      local name = keys[at]
      if name == nil then
        return nil
      end
      local value = rawget(t, name)
      if value ~= nil then
        return name, value
      end
    end
  end
end

function pairs(t)
  local meta = metatableOf(t)
  if meta and rawget(meta, "__pairs") ~= nil then
    return rawpairs(t)
  end
  if type(t) ~= "table" then
    error(("bad argument #1 to 'for iterator' (table expected, got %s)"):format(type(t)), 2)
  end
  local order = orders[t]
  return iterator(order and known(t, order)), t, nil
end
