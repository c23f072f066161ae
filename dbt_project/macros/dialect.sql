{#- What DuckDB and Spark write differently, and nothing else. -#}

{#- The last day of the week that has ended by a day: the day itself when it is a Sunday. -#}
{% macro last_week_end(day) -%}
    cast({{ add_days(dbt.date_trunc('week', add_days(day, 1)), -1) }} as date)
{%- endmacro %}

{#- The Sunday of the week that a day lies in. -#}
{% macro week_end(day) -%}
    cast({{ add_days(dbt.date_trunc('week', day), 6) }} as date)
{%- endmacro %}

{% macro month_start(day) -%}
    cast({{ dbt.date_trunc('month', day) }} as date)
{%- endmacro %}

{% macro add_days(day, count) -%}
    {{ return(adapter.dispatch('add_days', 'low_income')(day, count)) }}
{%- endmacro %}
{% macro default__add_days(day, count) -%}
    (cast({{ day }} as date) + cast({{ count }} as integer))
{%- endmacro %}
{% macro spark__add_days(day, count) -%}
    date_add({{ day }}, cast({{ count }} as int))
{%- endmacro %}

{% macro add_months(day, count) -%}
    {{ return(adapter.dispatch('add_months', 'low_income')(day, count)) }}
{%- endmacro %}
{% macro default__add_months(day, count) -%}
    cast({{ day }} + to_months(cast({{ count }} as integer)) as date)
{%- endmacro %}
{% macro spark__add_months(day, count) -%}
    add_months({{ day }}, cast({{ count }} as int))
{%- endmacro %}

{#- Whole days from one date to another. -#}
{% macro days_between(first, last) -%}
    {{ return(adapter.dispatch('days_between', 'low_income')(first, last)) }}
{%- endmacro %}
{% macro default__days_between(first, last) -%}
    ({{ last }} - {{ first }})
{%- endmacro %}
{% macro spark__days_between(first, last) -%}
    datediff({{ last }}, {{ first }})
{%- endmacro %}

{#- Every integer from first to last as rows of one column `n`. -#}
{% macro integers(first, last) -%}
    {{ return(adapter.dispatch('integers', 'low_income')(first, last)) }}
{%- endmacro %}
{% macro default__integers(first, last) -%}
    (select cast(unnest(range(cast({{ first }} as bigint), cast({{ last }} as bigint) + 1)) as integer) as n)
{%- endmacro %}
{% macro spark__integers(first, last) -%}
    (select explode(sequence(cast({{ first }} as int), cast({{ last }} as int))) as n)
{%- endmacro %}

{#- One text of a JSON object; null when the key is absent or null. -#}
{% macro json_text(column, key) -%}
    {{ return(adapter.dispatch('json_text', 'low_income')(column, key)) }}
{%- endmacro %}
{% macro default__json_text(column, key) -%}
    json_extract_string({{ column }}, '$.{{ key }}')
{%- endmacro %}
{% macro spark__json_text(column, key) -%}
    get_json_object({{ column }}, '$.{{ key }}')
{%- endmacro %}

{#- A JSON object of texts, as a string. fields: {key: expression} -#}
{% macro json_of(fields) -%}
    {{ return(adapter.dispatch('json_of', 'low_income')(fields)) }}
{%- endmacro %}
{% macro default__json_of(fields) -%}
    cast(json_object({% for key, expression in fields.items() %}'{{ key }}', cast({{ expression }} as varchar){{ ', ' if not loop.last }}{% endfor %}) as varchar)
{%- endmacro %}
{% macro spark__json_of(fields) -%}
    to_json(named_struct({% for key, expression in fields.items() %}'{{ key }}', cast({{ expression }} as string){{ ', ' if not loop.last }}{% endfor %}))
{%- endmacro %}

{#- One number that orders deliveries by (end of period, batch number); within one, rows go by _row_number. -#}
{% macro delivery_order() -%}
    ({{ days_between("date '2000-01-01'", '_period_end') }} * 1000 + _batch_no)
{%- endmacro %}

{#- The number of the first week whose Sunday lies on or after a day, kept within 0 and `last` + 1.

    A state that holds over [start, stop) is seen in weeks week_of(start) to week_of(stop) - 1. -#}
{% macro week_of(day, week_0_end, last) -%}
    cast(
        case
            when {{ day }} <= {{ week_0_end }} then 0
            else least({{ last }} + 1, floor(({{ days_between(week_0_end, day) }} + 6) / 7.0))
        end as integer
    )
{%- endmacro %}

{#- The distinct values of a text column within a group, sorted and comma-joined. -#}
{% macro sorted_list(column) -%}
    {{ return(adapter.dispatch('sorted_list', 'low_income')(column)) }}
{%- endmacro %}
{% macro default__sorted_list(column) -%}
    array_to_string(list_sort(list(distinct {{ column }})), ',')
{%- endmacro %}
{% macro spark__sorted_list(column) -%}
    array_join(sort_array(collect_set({{ column }})), ',')
{%- endmacro %}
