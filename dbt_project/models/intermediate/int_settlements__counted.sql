-- Only people whose bills can reach the lowest line of a rule before copies and reversals are taken off: about one in
-- twenty-five. Sorting everybody's bills for copies costs three times the rest of the model.
with settlements as (
    select * from {{ ref('stg_medical_insurance__settlements') }}
),

policy as (
    select * from {{ ref('int_policy__in_force') }}
),

recent as (
    select settlements.*
    from settlements
    cross join policy
    where settlements.settlement_date > {{ add_months('policy.as_of_date', '-policy.a01_window_months') }}
        and settlements.settlement_date <= policy.as_of_date
),

heavy as (
    select person_key
    from recent
    group by person_key
    having sum(greatest(self_pay_yuan, 0)) >= (select a01_self_pay_yellow_yuan from policy)
),

-- A bill may come in two weekly files: the last one counts.
final as (
    select
        settlement_id_medical,
        is_reversal,
        person_key,
        settlement_date,
        birth_date,
        visit_type_code,
        diagnosis_code,
        sex_code,
        self_pay_yuan,
        medical_cost_yuan
    from recent
    where person_key in (select person_key from heavy)
    qualify row_number() over (
        partition by settlement_id_medical, is_reversal order by _period_end desc, _batch_no desc, _row_number desc
    ) = 1
)

select * from final
