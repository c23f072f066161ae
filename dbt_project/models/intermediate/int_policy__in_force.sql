{%- set parameters = [
    'a01_self_pay_yellow_yuan', 'a01_self_pay_orange_yuan', 'a01_self_pay_red_yuan', 'a01_window_months',
    'disposable_income_line_urban_yuan', 'disposable_income_line_rural_yuan', 'exit_watch_months',
    'a05_months', 'severe_grade_max', 'a23_lookback_months', 'b02_lookback_months', 'b18_lookback_months',
    'x6_tolerance_yuan', 'severity_deadline_red_workdays', 'severity_deadline_orange_workdays',
    'severity_deadline_yellow_workdays', 'handback_workdays', 'history_weeks',
] -%}

-- One row, so that a rule reads `policy.<parameter>` in a plain comparison.
with runs as (
    select * from {{ ref('stg_lake__runs') }}
),

final as (
    select
        as_of_date
        {%- for parameter in parameters %},
        {{ policy(parameter, 'as_of_date') }} as {{ parameter }}
        {%- endfor %}
    from runs
)

select * from final
