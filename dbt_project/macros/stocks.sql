{#- How many of `pieces` hold at the end of each week, by `dimensions`.

    Where a count changes is found first and only then written out week by week: counting a row per person and week takes
    four times as long.

    pieces: a CTE with from_seq, to_seq, the dimensions, and one integer column a measure
    dimensions: column names
    measures: {column of the result: column of pieces}; the first is the largest
    weeks: a CTE with week_seq, week_end_date
    Returns a query: one row per week, week 0 included, and combination of dimensions with a count above 0. -#}
{% macro stock_by_week(pieces, dimensions, measures, weeks) -%}
    {%- set listed = dimensions | join(', ') -%}
    select
        weeks.week_seq,
        weeks.week_end_date,
        {% for dimension in dimensions %}runs.{{ dimension }}, {% endfor %}
        {% for result in measures %}runs.{{ result }}{{ ', ' if not loop.last }}{% endfor %}
    from (
        select
            {{ listed }},
            seq as from_seq,
            lead(seq) over (partition by {{ listed }} order by seq) as to_seq
            {%- for result in measures %},
            cast(sum({{ result }}) over (partition by {{ listed }} order by seq) as integer) as {{ result }}
            {%- endfor %}
        from (
            select
                {{ listed }},
                seq
                {%- for result in measures %}, sum({{ result }}) as {{ result }}{% endfor %}
            from (
                select {{ listed }}, from_seq as seq{% for result, column in measures.items() %}, {{ column }} as {{ result }}{% endfor %}
                from {{ pieces }}
                union all
                select {{ listed }}, to_seq{% for column in measures.values() %}, -{{ column }}{% endfor %}
                from {{ pieces }}
            ) as steps
            group by {{ listed }}, seq
        ) as changes
    ) as runs
    inner join {{ weeks }} as weeks on runs.from_seq <= weeks.week_seq and weeks.week_seq < runs.to_seq
    where {% for result in measures %}{% if loop.first %}runs.{{ result }} > 0{% endif %}{% endfor %}
{%- endmacro %}
